/**
 * Writing RESP. Text is joined first and encoded once per flush, so everything
 * here returns strings; a {@linkcode TextWriter} turns what was joined into bytes.
 *
 * @module
 */

const NON_ASCII = /[\u0080-\uffff]/;
/** Characters from which on encoding a text takes less time than looking at each of them. */
const LONG = 256;
/** Most characters that are encoded at a time to count their bytes. */
const PART = 16 * 1024;
const encoder = new TextEncoder();
let counted: Uint8Array<ArrayBuffer> | undefined;

/** How many bytes a text takes in UTF-8. */
export function byteLength(text: string): number {
  if (text.length < LONG && !NON_ASCII.test(text)) return text.length;
  counted ??= new Uint8Array(3 * PART);
  let bytes = 0;
  for (let start = 0; start < text.length;) {
    let end = start + PART;
    // Not between the halves of a pair.
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    const part = text.substring(start, end);
    bytes += encoder.encodeInto(part, counted).written;
    start = end;
  }
  return bytes;
}

/** A bulk string: `$5\r\nhello\r\n`. */
export function bulk(text: string): string {
  return `$${byteLength(text)}\r\n${text}\r\n`;
}

/** A command as an array of bulk strings, the only form in which this module sends one. */
export function command(args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) text += bulk(arg);
  return text;
}

/** A command but for its last word, as text and as bytes. */
export interface Head {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** The head of a command of these words and one more. */
export function commandHead(words: readonly string[]): Head {
  let text = aggregate("*", words.length + 1);
  for (const word of words) text += bulk(word);
  return { text, bytes: encoder.encode(text) };
}

/** The head of an aggregate: `*` array, `>` push, `%` map (of pairs). */
export function aggregate(type: "*" | ">" | "%", length: number): string {
  return `${type}${length}\r\n`;
}

/** A simple string: `+OK\r\n`; line breaks become a space. */
export function simple(text: string): string {
  return `+${oneLine(text)}\r\n`;
}

/** An error: `-ERR unknown command\r\n`; line breaks become a space. */
export function error(text: string): string {
  return `-${oneLine(text)}\r\n`;
}

/** An integer: `:3\r\n`. */
export function integer(value: number): string {
  return `:${value}\r\n`;
}

/** Bytes of the largest buffer that a {@linkcode TextWriter} keeps. */
const MAX_SCRATCH = 256 * 1024;
const NONE = new Uint8Array(0);
const DOLLAR = 36;
const CR = 13;
const LF = 10;

/** Turns texts into bytes, most of them in one buffer. */
export class TextWriter {
  #scratch = NONE;
  /** The last bytes in the buffer: those of the next text are often as many. */
  #view = NONE;
  /** The buffer from where the text of the last bulk string began. */
  #tail = NONE;

  /** The text in UTF-8; what was returned before may be overwritten. */
  encode(text: string): Uint8Array<ArrayBuffer> {
    if (text.length <= this.#scratch.length) {
      const { read, written } = encoder.encodeInto(text, this.#scratch);
      if (read === text.length) return this.#first(written);
    }
    const bytes = encoder.encode(text);
    const needed = bytes.length;
    if (needed > this.#scratch.length && needed <= MAX_SCRATCH) {
      this.#scratch = new Uint8Array(Math.min(needed * 2, MAX_SCRATCH));
      this.#view = NONE;
    }
    return bytes;
  }

  /**
   * These bytes and then a text as a bulk string, as {@linkcode encode}: it need
   * not be gone through to count its bytes, nor copied to be joined.
   *
   * @returns Nothing where it is not all ASCII, or the buffer is too small.
   */
  encodeBulk(
    head: Uint8Array,
    text: string,
  ): Uint8Array<ArrayBuffer> | undefined {
    const { length } = text;
    const digits = String(length);
    const from = head.length + 1 + digits.length + 2;
    const end = from + length;
    const scratch = this.#scratch;
    if (end + 2 > scratch.length) return undefined;
    if (
      this.#tail.byteOffset !== from || this.#tail.buffer !== scratch.buffer
    ) {
      this.#tail = scratch.subarray(from);
    }
    const { read, written } = encoder.encodeInto(text, this.#tail);
    // Three characters of three bytes each may be cut off behind the first.
    if (read !== length || written !== length) return undefined;
    scratch.set(head);
    scratch[head.length] = DOLLAR;
    for (let n = 0; n < digits.length; n++) {
      scratch[head.length + 1 + n] = digits.charCodeAt(n);
    }
    scratch[from - 2] = scratch[end] = CR;
    scratch[from - 1] = scratch[end + 1] = LF;
    return this.#first(end + 2);
  }

  #first(length: number): Uint8Array<ArrayBuffer> {
    if (this.#view.length === length) return this.#view;
    return this.#view = this.#scratch.subarray(0, length);
  }
}

/** A line break would end the reply early, and what follows it be read as another. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
