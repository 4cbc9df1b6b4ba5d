/**
 * Writes RESP. All functions return text, because a caller joins many texts and
 * encodes them together. A {@linkcode TextWriter} encodes text into bytes.
 *
 * @module
 */

import { byteLength } from "../internal/byte_length.ts";

const encoder = new TextEncoder();

/** A bulk string: `$5\r\nhello\r\n`. */
export function bulk(text: string): string {
  return `$${byteLength(text)}\r\n${text}\r\n`;
}

/** A command as an array of bulk strings; this module sends commands in no other form. */
export function command(args: readonly string[]): string {
  let text = `*${args.length}\r\n`;
  for (const arg of args) text += bulk(arg);
  return text;
}

/** A command without its last word, as text and as bytes. */
export interface CommandHead {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** The head of a command of these words and one more word. */
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

/** Encodes texts into bytes, most of them in one buffer that is used again (bench b). */
export class TextWriter {
  #scratch = NONE;
  /** The buffer from where the text of the last bulk string began. */
  #tail = NONE;

  /** The text in UTF-8; overwrites the bytes that were returned before. */
  encode(text: string): Uint8Array<ArrayBuffer> {
    if (text.length <= this.#scratch.length) {
      const { read, written } = encoder.encodeInto(text, this.#scratch);
      if (read === text.length) return this.#scratch.subarray(0, written);
    }
    const bytes = encoder.encode(text);
    if (bytes.length <= MAX_SCRATCH) this.#room(bytes.length); // for the next text
    return bytes;
  }

  /**
   * These bytes and then a text as a bulk string, as {@linkcode encode}. The text
   * is neither searched to count its bytes, nor copied to be joined.
   */
  encodeBulk(head: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
    // A text has as many bytes as characters if all characters are ASCII.
    let bytes = this.#frame(head, text.length);
    const { read, written } = encoder.encodeInto(text, this.#tail);
    // If not, encodeInto() runs out of room, or writes more bytes than characters.
    if (read !== text.length || written !== text.length) {
      const content = encoder.encode(text);
      bytes = this.#frame(head, content.length);
      this.#tail.set(content);
    }
    if (bytes.length > MAX_SCRATCH) this.#tail = NONE; // not to keep what may be megabytes
    return bytes;
  }

  /** These bytes and then a bulk string of so many bytes; the caller must write those at the begin of `#tail`. */
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
    this.#tail = room.subarray(from);
    return room.subarray(0, end + 2);
  }

  /** A buffer of so many bytes at least: the one that is used again, unless that would become too large. */
  #room(length: number): Uint8Array<ArrayBuffer> {
    if (length > MAX_SCRATCH) return new Uint8Array(length);
    if (length > this.#scratch.length) {
      this.#scratch = new Uint8Array(Math.min(length * 2, MAX_SCRATCH));
    }
    return this.#scratch;
  }
}

/** The text without line breaks, which would end the reply early. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
