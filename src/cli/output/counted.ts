/**
 * Writes a number and its noun.
 *
 * @module
 */

/** A number and its noun, such as `1 signal` and `2 signals`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
