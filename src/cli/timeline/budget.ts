/**
 * How much a timeline draws: what a page or a viewer can still open.
 *
 * @module
 */

/** Signals, answers, gaps and other marks. */
const MAX_MARKS = 500_000;
/** What a publisher takes of them, because its lane has a height of its own. */
export const LANE_MARKS = 50;
/** Characters of the texts beside all marks. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Characters of one text. */
const MAX_TEXT = 100_000;
/** Missing answers that are drawn one by one; beyond, they are counted for each signal. */
export const MAX_MISSING = 100_000;

/** What may still be drawn. */
export class Budget {
  #marks = MAX_MARKS;
  #characters = MAX_CHARACTERS;

  /** Takes marks and the texts beside them; `false` where that is too much, and for all that comes later. */
  take(marks: number, ...texts: readonly (string | undefined)[]): boolean {
    this.#marks -= marks;
    for (const text of texts) this.#characters -= text?.length ?? 0;
    if (this.#marks >= 0 && this.#characters >= 0) return true;
    this.#marks = -1;
    return false;
  }
}

/** A text that is not too long to be shown. */
export function cutText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const rest = text.length - MAX_TEXT;
  return `${beginningOf(text, MAX_TEXT)}… and ${rest} more characters`;
}

/** The first characters of a text, as a text of its own: V8 keeps the whole of what is sliced. */
export function beginningOf(text: string, length: number): string {
  return JSON.parse(JSON.stringify(text.slice(0, length)));
}
