/**
 * JSON as Python's `json` module speaks it, at the speed of `JSON.parse` where
 * the text allows.
 *
 * @module
 */

import { MAX_JSON_DEPTH } from "./limits.ts";
import { endOfString, parsePythonJson } from "./parser.ts";

/** What {@linkcode parseJson} takes beside the text. */
export interface ParseJsonOptions {
  /**
   * The most arrays and objects around a value.
   *
   * @default {500}
   */
  maxDepth?: number;
}

/**
 * Parses whatever Python's `json.loads` accepts.
 *
 * `NaN` and the infinities become numbers, integers beyond the safe range
 * bigints, and `__proto__` an own property.
 *
 * @param text The text, which may begin with a byte order mark.
 * @param options The depth to stop at.
 * @returns The value.
 * @throws {SyntaxError} If the text is not JSON, nested too deeply, or holds an
 * integer of more than 4300 digits.
 */
export function parseJson(text: string, options?: ParseJsonOptions): unknown {
  const maxDepth = options?.maxDepth ?? MAX_JSON_DEPTH;
  // Each level takes an opening and a closing character.
  const isShort = text.length < 2 * (maxDepth + 1);
  if (isShort ? !mayHoldBigInteger(text) : !needsCare(text, maxDepth)) {
    try {
      return JSON.parse(text);
    } catch {
      // Python may still read it, or the other parser says why nobody can.
    }
  }
  return parsePythonJson(text, { maxDepth });
}

const SAFE_DIGITS = 15;

/**
 * Whether a text holds a big integer, be it in a string. A run of 16 digits
 * covers one of every 16 characters, so the rest need not be looked at. Runs
 * after a point are left out: they are fractions, and common.
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

/** Whether a text is nested too deeply or holds a big integer. Strings, which are most of a long text, are passed over. */
function needsCare(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) {
      const start = i;
      while (isDigit(text.charCodeAt(i + 1))) i++;
      if (i - start >= SAFE_DIGITS && text.charAt(start - 1) !== ".") {
        return true;
      }
      continue;
    }
    switch (code) {
      case 0x22: { // "
        const end = endOfString(text, i);
        if (end === -1) return false;
        i = end - 1;
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
    }
  }
  return false;
}
