/**
 * A JSON parser that reads what Python's `json.loads` reads and `JSON.parse`
 * does not: a byte order mark, `NaN`, `Infinity`, `-Infinity`, and integers of
 * any size.
 *
 * @module
 */

import { MAX_INTEGER_DIGITS } from "./limits.ts";

/** The options of {@linkcode parsePythonJson}. */
export interface PythonJsonOptions {
  /** The most arrays and objects around a value. */
  maxDepth: number;
  /**
   * Converts a number written with a fraction or an exponent.
   *
   * @default {Number}
   */
  parseFloat?: (literal: string) => unknown;
}

/**
 * Parses JSON text as Python does.
 *
 * @param text The text.
 * @param options The greatest depth, and the conversion of floats.
 * @returns The value; integers beyond the safe range are bigints.
 * @throws {SyntaxError} If Python would refuse the text, or the text is too deep.
 */
export function parsePythonJson(
  text: string,
  options: PythonJsonOptions,
): unknown {
  return new PythonJsonParser(text, options).parse();
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

const LITERALS: ReadonlyMap<string, readonly [string, unknown]> = new Map([
  ["t", ["true", true]],
  ["f", ["false", false]],
  ["n", ["null", null]],
  ["N", ["NaN", NaN]],
  ["I", ["Infinity", Infinity]],
]);

class PythonJsonParser {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #parseFloat: (literal: string) => unknown;
  #position = 0;
  #depth = 0;

  constructor(text: string, options: PythonJsonOptions) {
    const { maxDepth, parseFloat = Number } = options;
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#parseFloat = parseFloat;
  }

  parse(): unknown {
    if (this.#text.startsWith("\ufeff")) this.#position = 1;
    this.#skipWhitespace();
    const value = this.#value();
    this.#skipWhitespace();
    if (this.#position < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    const character = this.#text.charAt(this.#position);
    switch (character) {
      case '"':
        return this.#string();
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#array());
    }
    const [word, value] = LITERALS.get(character) ?? [];
    return word !== undefined && this.#take(word) ? value : this.#number();
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > this.#maxDepth) throw depthError(this.#maxDepth);
    this.#position++;
    this.#skipWhitespace();
    const value = parse();
    this.#depth--;
    return value;
  }

  #object(): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    if (this.#take("}")) return {};
    do {
      this.#skipWhitespace();
      if (this.#text.charAt(this.#position) !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#skipWhitespace();
      if (!this.#take(":")) throw this.#unexpected();
      this.#skipWhitespace();
      entries.set(key, this.#value());
      this.#skipWhitespace();
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#unexpected();
    return objectOf(entries);
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    if (this.#take("]")) return array;
    do {
      this.#skipWhitespace();
      array.push(this.#value());
      this.#skipWhitespace();
    } while (this.#take(","));
    if (!this.#take("]")) throw this.#unexpected();
    return array;
  }

  #string(): string {
    const start = this.#position;
    const end = endOfString(this.#text, start);
    if (end === -1) {
      this.#position = this.#text.length;
      throw this.#unexpected();
    }
    this.#position = end;
    try {
      return JSON.parse(this.#text.slice(start, end));
    } catch (cause) {
      throw new SyntaxError(
        `Malformed string at position ${start} in JSON`,
        { cause },
      );
    }
  }

  #number(): unknown {
    if (this.#take("-Infinity")) return -Infinity;
    NUMBER.lastIndex = this.#position;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#unexpected();
    const [literal, fraction, exponent] = match;
    this.#position += literal.length;
    return fraction === undefined && exponent === undefined
      ? parseInteger(literal, match.index)
      : this.#parseFloat(literal);
  }

  #take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#position)) return false;
    this.#position += expected.length;
    return true;
  }

  #skipWhitespace(): void {
    while (isWhitespace(this.#text.charCodeAt(this.#position))) {
      this.#position++;
    }
  }

  #unexpected(): SyntaxError {
    const found = this.#position < this.#text.length
      ? `Unexpected ${JSON.stringify(this.#text.charAt(this.#position))}`
      : "Unexpected end";
    return new SyntaxError(
      `${found} at position ${this.#position} in JSON`,
    );
  }
}

/**
 * The error of a text that is nested too deeply.
 *
 * @param maxDepth The limit.
 * @returns The error, to be thrown.
 */
export function depthError(maxDepth: number): SyntaxError {
  return new SyntaxError(
    `Nested deeper than ${maxDepth} levels in JSON`,
  );
}

/**
 * Finds the end of a string literal.
 *
 * @param text JSON text.
 * @param start The index of the opening quote.
 * @returns The index after the closing quote; -1 if there is none.
 */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote === -1 ? -1 : quote + 1;
}

function parseInteger(literal: string, position: number): number | bigint {
  const number = Number(literal);
  if (Number.isSafeInteger(number)) return number;
  const digits = literal.length - (number < 0 ? 1 : 0);
  if (digits > MAX_INTEGER_DIGITS) {
    throw new SyntaxError(
      `Integer of ${digits} digits at position ${position} in JSON, the limit is ${MAX_INTEGER_DIGITS}`,
    );
  }
  return BigInt(literal);
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/**
 * Makes an object of properties, `__proto__` included. `JSON.parse` makes the
 * keys, because assigning a number as a key takes memory for all smaller numbers.
 */
function objectOf(
  entries: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const keys = [...entries.keys()].map((key) => `${JSON.stringify(key)}:0`);
  const object = JSON.parse(`{${keys.join()}}`);
  for (const [key, value] of entries) {
    if (key === "__proto__") Object.defineProperty(object, key, { value });
    else object[key] = value;
  }
  return object;
}
