/**
 * Short names for several ids side by side.
 *
 * @module
 */
import { peerName } from "../../protocol/peer_name.ts";

/**
 * Names for ids; ids with the same name stay in full.
 *
 * @param ids All ids that stand side by side.
 * @returns A function from id to name.
 */
export function peerNames(ids: Iterable<string>): (id: string) => string {
  const counts = new Map<string, number>();
  for (const id of new Set(ids)) {
    const name = peerName(id);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (id) => {
    const name = peerName(id);
    return (counts.get(name) ?? 0) > 1 ? id : name;
  };
}

/**
 * Names for ids, without the part that all names share: `…1` and `…2` for
 * `bench-node-1` and `bench-node-2`. Words and numbers stay whole.
 *
 * @param ids All ids that stand side by side.
 * @returns A function from id to name.
 */
export function shortPeerNames(ids: Iterable<string>): (id: string) => string {
  const all = [...ids];
  const nameOf = peerNames(all);
  const names = [...new Set(all.map(nameOf))];
  if (names.length < 2) return nameOf;
  const start = commonStart(names);
  const rests = names.map((name) => name.slice(start));
  const end = commonStart(rests.map(reverse));
  const cut = (name: string) => name.slice(start, name.length - end);
  return (id) => {
    const name = nameOf(id);
    if (!names.includes(name)) return name;
    return `${start > 0 ? "…" : ""}${cut(name)}${end > 0 ? "…" : ""}`;
  };
}

/** The length of the start that all texts share. It ends at the end of a word, and is shorter than every text. */
function commonStart(texts: readonly string[]): number {
  // All texts share the start that the first and the last of them in order share.
  const least = texts.reduce((a, b) => a < b ? a : b);
  const most = texts.reduce((a, b) => a > b ? a : b);
  let length = 0;
  while (length < least.length && least[length] === most[length]) length++;
  while (
    length > 0 &&
    texts.some((text) => text.length === length || isWithinWord(text, length))
  ) {
    length--;
  }
  return length;
}

/** Whether the characters on both sides are letters, or both are digits. */
function isWithinWord(text: string, at: number): boolean {
  return /^(?:[\p{L}\p{M}]{2}|\p{N}{2})$/u.test(text.slice(at - 1, at + 1)) ||
    /^[\udc00-\udfff]/.test(text.slice(at));
}

function reverse(text: string): string {
  return [...text].reverse().join("");
}
