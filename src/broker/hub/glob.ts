/**
 * Redis's glob patterns: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character
 * that stands for itself.
 *
 * @module
 */

const STAR = 0x2a;
const ANY = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const ESCAPE = 0x5c;
const DASH = 0x2d;

/**
 * Whether a whole text matches a pattern.
 *
 * Invariant: the number of steps is at most the product of both lengths,
 * because only the latest `*` is tried again. Trying an earlier one again could
 * find nothing that the latest one can't.
 *
 * @param pattern The pattern, one code unit a byte.
 * @param text The text, one code unit a byte.
 * @returns Whether it matches.
 */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let retryPattern = -1;
  let retryText = 0;
  while (t < text.length) {
    if (pattern.charCodeAt(p) === STAR) {
      retryPattern = ++p;
      retryText = t;
      if (p === pattern.length) return true;
      continue;
    }
    const next = p < pattern.length
      ? matchOne(pattern, p, text.charCodeAt(t))
      : -1;
    if (next !== -1) {
      p = next;
      t++;
    } else if (retryPattern !== -1) {
      p = retryPattern;
      t = ++retryText;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}

/** The place behind the pattern's element at `p`, or -1 if `unit` does not match the element. */
function matchOne(pattern: string, p: number, unit: number): number {
  const element = pattern.charCodeAt(p);
  if (element === ANY) return p + 1;
  if (element === OPEN) return matchClass(pattern, p + 1, unit);
  const literal = element === ESCAPE && p + 1 < pattern.length ? p + 1 : p;
  return pattern.charCodeAt(literal) === unit ? literal + 1 : -1;
}

/** A class that is never closed ends with the pattern, as in Redis. */
function matchClass(pattern: string, start: number, unit: number): number {
  let p = start;
  const negated = pattern.charCodeAt(p) === CARET;
  if (negated) p++;
  let found = false;
  for (; p < pattern.length && pattern.charCodeAt(p) !== CLOSE; p++) {
    const left = pattern.charCodeAt(p);
    if (left === ESCAPE && p + 1 < pattern.length) {
      p++;
      found ||= pattern.charCodeAt(p) === unit;
    } else if (p + 2 < pattern.length && pattern.charCodeAt(p + 1) === DASH) {
      const right = pattern.charCodeAt(p + 2);
      found ||= Math.min(left, right) <= unit && unit <= Math.max(left, right);
      p += 2;
    } else {
      found ||= left === unit;
    }
  }
  return found === negated ? -1 : Math.min(p + 1, pattern.length);
}
