/**
 * Guesses the word that a misspelt word was meant to be.
 *
 * @module
 */

/** Most words that are suggested. */
const MAX_SUGGESTIONS = 3;

/**
 * The words that are nearest to a misspelt word: the words that begin with it;
 * if there are none, the words with the fewest letters to change.
 *
 * @param word The misspelt word.
 * @param words The words to choose from.
 * @returns The nearest words; an empty list if no word is near.
 */
export function nearest(word: string, words: Iterable<string>): string[] {
  const all = [...new Set(words)];
  const begun = all.filter((each) => word.length > 1 && each.startsWith(word));
  if (begun.length > 0) return begun.slice(0, MAX_SUGGESTIONS);
  // A word that is twice as long as all others is no misspelling; comparing it would take long.
  if (word.length > 2 * Math.max(0, ...all.map(({ length }) => length))) {
    return [];
  }
  const distances = all.map((each) => ({ each, distance: edits(word, each) }));
  const least = Math.min(...distances.map(({ distance }) => distance));
  return distances
    .filter(({ each, distance }) =>
      distance === least && distance <= Math.ceil(each.length / 3)
    )
    .map(({ each }) => each)
    .slice(0, MAX_SUGGESTIONS);
}

/** The end of an error about a misspelt word: the suggestions. */
export function didYouMean(suggestions: readonly string[]): string {
  if (suggestions.length === 0) return "";
  return `: did you mean ${suggestions.join(" or ")}?`;
}

/** The number of letters that are missing, too many, wrong, or swapped with their neighbour. */
function edits(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
      );
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] &&
        from[i - 2] === to[j - 1];
      if (isSwapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    before = last;
    last = row;
  }
  return last[to.length]!;
}
