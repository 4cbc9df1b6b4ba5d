/**
 * Reading payloads by the shape that every known peer gives them, which takes
 * half the time of parsing and checking what may be anything.
 *
 * @module
 */

/**
 * Characters of the longest payload of which something may be kept: what is cut
 * from a text keeps all of it in memory.
 */
export const LONGEST_FAST_PATH = 4_096;

/** Pattern of a string without escapes; captures its content. */
export const FAST_PATH_TEXT: string = String.raw`"([^"\\\x00-\x1f]*)"`;

/** Pattern of an integer that is certainly safe; captures it. */
export const FAST_PATH_INTEGER: string = String.raw`(-?(?:0|[1-9]\d{0,14}))`;

/** The number of a captured integer; Python has no integer -0. */
export function fastPathInteger(digits: string): number {
  return Number(digits) + 0;
}
