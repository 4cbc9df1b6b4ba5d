/**
 * Writing RESP. Text is joined first and encoded once per flush, so everything
 * here returns strings; a {@linkcode TextWriter} turns what was joined into bytes.
 *
 * @module
 */

import { byteLength } from "../internal/byte_length.ts";

const encoder = new TextEncoder();

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
export interface CommandHead {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** The head of a command of these words and one more. */
export function commandHead(words: readonly string[]): CommandHead {
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
    if (bytes.length <= MAX_SCRATCH) this.#room(bytes.length); // for the next
    return bytes;
  }

  /**
   * These bytes and then a text as a bulk string, as {@linkcode encode}: the text
   * is neither gone through to count its bytes, nor copied to be joined.
   */
  encodeBulk(head: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
    // As many bytes as characters, where all of them are ASCII.
    let bytes = this.#frame(head, text.length);
    const { read, written } = encoder.encodeInto(text, this.#tail);
    // Three characters of three bytes each may be cut off behind the first.
    if (read !== text.length || written !== text.length) {
      const content = encoder.encode(text);
      bytes = this.#frame(head, content.length);
      this.#tail.set(content);
    }
    if (bytes.length > MAX_SCRATCH) this.#tail = NONE; // not to keep what may be megabytes
    return bytes;
  }

  /** These bytes and then a bulk string of so many bytes, which belong where `#tail` begins. */
  #frame(head: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    const digits = String(length);
    const from = head.length + 1 + digits.length + 2;
    const end = from + length;
    const room = this.#room(end + 2);
    room.set(head);
    room[head.length] = DOLLAR;
    for (let n = 0; n < digits.length; n++) {
      room[head.length + 1 + n] = digits.charCodeAt(n);
    }
    room[from - 2] = room[end] = CR;
    room[from - 1] = room[end + 1] = LF;
    if (this.#tail.byteOffset !== from || this.#tail.buffer !== room.buffer) {
      this.#tail = room.subarray(from);
    }
    return room === this.#scratch ? this.#first(end + 2) : room;
  }

  /** The buffer, made larger where it must be; where it can't be, another of so many bytes. */
  #room(length: number): Uint8Array<ArrayBuffer> {
    if (length > MAX_SCRATCH) return new Uint8Array(length);
    if (length > this.#scratch.length) {
      this.#scratch = new Uint8Array(Math.min(length * 2, MAX_SCRATCH));
      this.#view = NONE;
    }
    return this.#scratch;
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
