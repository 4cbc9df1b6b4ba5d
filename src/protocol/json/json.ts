/**
 * Reads JSON as Python's `json` module does, by `JSON.parse` if that reads the
 * text in the same way.
 *
 * @module
 */

import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from "./limits.ts";
import { depthError, endOfString, parsePythonJson } from "./parser.ts";

/** The options of {@linkcode parseJson}. */
export interface ParseJsonOptions {
  /**
   * The most arrays and objects around a value.
   *
   * @default {500}
   */
  maxDepth?: number;
}

/**
 * Parses any text that Python's `json.loads` accepts.
 *
 * `NaN` and the infinities become numbers, integers beyond the safe range become
 * bigints, and `__proto__` becomes an own property.
 *
 * @param text The text, which may begin with a byte order mark.
 * @param options The greatest depth.
 * @returns The value.
 * @throws {SyntaxError} If the text is not JSON, nested too deeply, holds an
 * integer of more than 4300 digits, or too many values.
 */
export function parseJson(text: string, options?: ParseJsonOptions): unknown {
  const maxDepth = options?.maxDepth ?? MAX_JSON_DEPTH;
  // Each level takes an opening and a closing character.
  const isShort = text.length < 2 * (maxDepth + 1);
  if (isShort ? !mayHoldBigInteger(text) : !survey(text, maxDepth)) {
    try {
      return JSON.parse(text);
    } catch {
      // Python may still read the text; if not, the other parser says why.
    }
  }
  return parsePythonJson(text, { maxDepth });
}

const SAFE_DIGITS = 15;
/** Most bytes of memory for each character of a text; see `survey`. */
const MAX_BYTES_A_CHARACTER = 20;
/** Arrays and objects up to which that limit does not apply. */
const MANY_CONTAINERS = 10_000;

/**
 * Whether a text holds a big integer, perhaps in a string. A run of 16 digits
 * covers one of every 16 characters, so only those characters are looked at:
 * going through the whole text takes a fifth longer (bench c). Runs after a
 * point do not count, because they are fractions.
 */
function mayHoldBigInteger(text: string): boolean {
  for (let i = SAFE_DIGITS; i < text.length; i += SAFE_DIGITS + 1) {
    if (!isDigit(text.charCodeAt(i))) continue;
    let start = i;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    let end = i + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start > SAFE_DIGITS && text.charAt(start - 1) !== ".") {
      return true;
    }
    i = end - 1;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * Goes through a text once, but skips its strings, which are most of a long text.
 *
 * @returns Whether the text holds a big integer.
 * @throws {SyntaxError} If the text is nested too deeply, or its values would
 * take too much memory.
 */
function survey(text: string, maxDepth: number): boolean {
  let hasBigInteger = false;
  let depth = 0;
  let containers = 0;
  let commas = 0;
  let indexKeys = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      const start = i;
      while (isDigit(text.charCodeAt(i + 1))) i++;
      if (i - start >= SAFE_DIGITS && text.charAt(start - 1) !== ".") {
        hasBigInteger = true;
      }
      continue;
    }
    switch (code) {
      case 0x22: { // "
        const end = endOfString(text, i);
        if (end === -1) return hasBigInteger;
        if (isDigit(text.charCodeAt(i + 1)) && text.charAt(end) === ":") {
          indexKeys++;
        }
        i = end - 1;
        break;
      }
      case 0x2c: // ,
        commas++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        containers++;
        if (++depth > maxDepth) throw depthError(maxDepth);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
    }
  }
  if (containers + commas > MAX_JSON_VALUES) {
    throw new SyntaxError(`More than ${MAX_JSON_VALUES} values in JSON`);
  }
  // An object with a number as a key has a table for such keys.
  const bytes = 64 * containers + 160 * Math.min(containers, indexKeys);
  if (
    containers > MANY_CONTAINERS && bytes > MAX_BYTES_A_CHARACTER * text.length
  ) {
    throw new SyntaxError(
      `${containers} arrays and objects in ${text.length} characters of JSON are too many`,
    );
  }
  return hasBigInteger;
}
