/**
 * Reading RESP2 and RESP3: a synchronous cursor over one growing buffer. Bytes
 * are read straight into {@linkcode Decoder.space}; {@linkcode Decoder.next}
 * yields whole replies and keeps its place in a half-arrived one, so a reply
 * costs the same however it was cut into chunks.
 *
 * @module
 */
import {
  ErrorReply,
  Push,
  type Reply,
  RespSyntaxError,
  Unreadable,
} from "./reply.ts";

/** Limits of a {@linkcode Decoder}. Memory follows the bytes that came, never the lengths they declare. */
export interface DecoderOptions {
  /**
   * Whether bulk strings become text or bytes.
   *
   * @default {"text"}
   */
  bulk?: "text" | "bytes";
  /**
   * Bytes of the longest bulk string that is kept; a longer one is skipped and
   * yields {@linkcode Unreadable}.
   *
   * @default {67_108_864}
   */
  maxBulk?: number;
  /**
   * Bytes that a bulk string may declare at all; more is a syntax error.
   *
   * @default {536_870_912}
   */
  hardMaxBulk?: number;
  /**
   * Most items of an array, push or map.
   *
   * @default {1_048_576}
   */
  maxItems?: number;
  /**
   * Most levels of nesting.
   *
   * @default {16}
   */
  maxDepth?: number;
  /** Type bytes that are allowed at top level; all by default. A server takes `*` alone. */
  topLevel?: string;
}

const MIN_SPACE = 16 * 1024;
const INITIAL_BUFFER = 64 * 1024;
const MAX_IDLE_BUFFER = 1024 * 1024;
/** Longest line: a type byte, a number or a simple string or an error, CRLF. */
const MAX_LINE = 64 * 1024;
const CR = 13;
const LF = 10;

/** An aggregate that is not complete yet. */
interface Frame {
  type: number;
  items: Reply[];
  missing: number;
}

/** Decodes a stream of RESP2 or RESP3 values. */
export class Decoder {
  #buffer = new Uint8Array(INITIAL_BUFFER);
  #start = 0;
  #end = 0;
  /** How far a line that is not complete was searched for its end. */
  #searched = 0;
  #stack: Frame[] = [];
  /** Length of the bulk string being waited for, or -1. */
  #bulkLength = -1;
  /** Bytes still to be thrown away of a bulk string over the limit. */
  #skip = 0;
  #skipped: Unreadable | undefined;
  readonly #bytes: boolean;
  readonly #maxBulk: number;
  readonly #hardMaxBulk: number;
  readonly #maxItems: number;
  readonly #maxDepth: number;
  readonly #topLevel: string | undefined;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #memo = new ShortTexts();

  constructor(options: DecoderOptions = {}) {
    this.#bytes = options.bulk === "bytes";
    this.#maxBulk = options.maxBulk ?? 64 * 1024 * 1024;
    this.#hardMaxBulk = Math.max(
      options.hardMaxBulk ?? 512 * 1024 * 1024,
      this.#maxBulk,
    );
    this.#maxItems = options.maxItems ?? 1024 * 1024;
    this.#maxDepth = options.maxDepth ?? 16;
    this.#topLevel = options.topLevel;
  }

  /** Bytes that have arrived and are not decoded yet. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Where the next bytes are to be read into; never empty. Then call {@linkcode commit}. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start === this.#end) {
      this.#start = this.#end = this.#searched = 0;
      if (this.#buffer.length > MAX_IDLE_BUFFER) {
        this.#buffer = new Uint8Array(INITIAL_BUFFER);
      }
    }
    if (this.#buffer.length - this.#end >= MIN_SPACE) {
      return this.#buffer.subarray(this.#end);
    }
    const held = this.#end - this.#start;
    if (held > this.#buffer.length / 2) {
      // Doubling as bytes arrive: a declared length alone allocates nothing.
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = held;
    return this.#buffer.subarray(this.#end);
  }

  /** Says that `count` bytes were read into {@linkcode space}. */
  commit(count: number): void {
    this.#end += count;
  }

  /** Copies a chunk in; for callers that have one already. */
  write(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      const space = this.space();
      const count = Math.min(space.length, chunk.length - offset);
      space.set(chunk.subarray(offset, offset + count));
      this.commit(count);
      offset += count;
    }
  }

  /**
   * The next whole reply.
   *
   * @returns The reply, or `undefined` where more bytes are needed.
   * @throws {RespSyntaxError} If the bytes are not RESP or break a limit.
   */
  next(): Reply | undefined {
    for (;;) {
      const value = this.#value();
      if (value === undefined) return undefined;
      let done: Reply = value;
      for (;;) {
        const frame = this.#stack.at(-1);
        if (frame === undefined) return done;
        frame.items.push(done);
        if (--frame.missing > 0) break;
        this.#stack.pop();
        done = this.#close(frame);
      }
    }
  }

  /** One scalar or empty aggregate; opens frames for aggregates on its way to it. */
  #value(): Reply | undefined {
    for (;;) {
      if (this.#bulkLength >= 0) return this.#bulk();
      if (this.#skip > 0) return this.#discard();
      const type = this.#buffer[this.#start]!;
      const lineStart = this.#start + 1;
      const lineEnd = this.#line();
      if (lineEnd === -1) return undefined;
      if (
        this.#stack.length === 0 && this.#topLevel !== undefined &&
        !this.#topLevel.includes(String.fromCharCode(type))
      ) throw this.#unexpected(type);
      switch (type) {
        case 0x24: // $ bulk string
        case 0x3d: { // = verbatim string, which leads with its format
          const length = this.#length(lineStart, lineEnd, this.#hardMaxBulk);
          if (length === -1) return null;
          if (length > this.#maxBulk) {
            this.#skip = length + 2;
            this.#skipped = new Unreadable(
              `${length} bytes are over the limit of ${this.#maxBulk}`,
            );
          } else {
            this.#bulkLength = length;
            this.#verbatim = type === 0x3d;
          }
          continue;
        }
        case 0x2a: // * array
        case 0x3e: // > push
        case 0x7e: // ~ set
        case 0x25: { // % map
          const items = this.#length(lineStart, lineEnd, this.#maxItems);
          if (items === -1) return null;
          const frame: Frame = {
            type,
            items: [],
            missing: type === 0x25 ? items * 2 : items,
          };
          if (frame.missing === 0) return this.#close(frame);
          if (this.#stack.length >= this.#maxDepth) {
            throw new RespSyntaxError(
              `Cannot read a reply nested deeper than ${this.#maxDepth} levels`,
            );
          }
          this.#stack.push(frame);
          continue;
        }
        case 0x2b: // + simple string
          return this.#lineText(lineStart, lineEnd);
        case 0x2d: // - error
          return new ErrorReply(this.#lineText(lineStart, lineEnd));
        case 0x3a: // : integer
          return this.#integer(lineStart, lineEnd);
        case 0x5f: // _ null
          if (lineStart !== lineEnd) {
            throw this.#malformed("null", lineStart, lineEnd);
          }
          return null;
        case 0x23: // # boolean
          return this.#boolean(lineStart, lineEnd);
        case 0x2c: // , double
          return this.#double(lineStart, lineEnd);
        case 0x28: // ( big number
          return this.#bigNumber(lineStart, lineEnd);
        case 0x21: { // ! bulk error
          const length = this.#length(lineStart, lineEnd, MAX_LINE);
          if (length === -1) throw this.#malformed("error", lineStart, lineEnd);
          this.#bulkLength = length;
          this.#bulkError = true;
          continue;
        }
        default:
          throw this.#unexpected(type);
      }
    }
  }

  #verbatim = false;
  #bulkError = false;

  #bulk(): Reply | undefined {
    const end = this.#start + this.#bulkLength;
    if (this.#end < end + 2) return undefined;
    const buffer = this.#buffer;
    if (buffer[end] !== CR || buffer[end + 1] !== LF) {
      throw new RespSyntaxError("Cannot read a bulk string as no CRLF ends it");
    }
    const start = this.#verbatim ? Math.min(this.#start + 4, end) : this.#start;
    this.#start = end + 2;
    this.#searched = this.#start;
    this.#bulkLength = -1;
    this.#verbatim = false;
    if (this.#bulkError) {
      this.#bulkError = false;
      return new ErrorReply(this.#lineText(start, end));
    }
    if (this.#bytes) return buffer.slice(start, end);
    // Names of channels and kinds of pushes come again and again: comparing beats decoding.
    if (end - start <= ShortTexts.MAX_LENGTH && this.#stack.length > 0) {
      const known = this.#memo.find(buffer, start, end);
      if (known !== undefined) return known;
      const text = this.#decode(start, end);
      if (typeof text === "string") this.#memo.add(buffer, start, end, text);
      return text;
    }
    return this.#decode(start, end);
  }

  #decode(start: number, end: number): string | Unreadable {
    try {
      return this.#text.decode(this.#buffer.subarray(start, end));
    } catch {
      return new Unreadable("it is not valid UTF-8");
    }
  }

  #discard(): Reply | undefined {
    const count = Math.min(this.#skip, this.#end - this.#start);
    this.#start += count;
    this.#searched = this.#start;
    this.#skip -= count;
    if (this.#skip > 0) return undefined;
    const skipped = this.#skipped!;
    this.#skipped = undefined;
    return skipped;
  }

  #close(frame: Frame): Reply {
    if (frame.type === 0x3e) return new Push(frame.items);
    if (frame.type !== 0x25) return frame.items;
    const map = new Map<Reply, Reply>();
    for (let i = 0; i < frame.items.length; i += 2) {
      map.set(frame.items[i]!, frame.items[i + 1]!);
    }
    return map;
  }

  /** Moves past a line and returns where it ended, or -1 where it is not whole yet. */
  #line(): number {
    const buffer = this.#buffer;
    let end = Math.max(this.#searched, this.#start);
    while (end < this.#end && buffer[end] !== CR) end++;
    if (end >= this.#end - 1) {
      if (this.#end - this.#start > MAX_LINE) {
        throw new RespSyntaxError(
          `Cannot read a line longer than ${MAX_LINE} bytes`,
        );
      }
      // A first byte that begins nothing is told at once, not when a line break comes.
      if (this.#end > this.#start && !isType(buffer[this.#start]!)) {
        throw this.#unexpected(buffer[this.#start]!);
      }
      this.#searched = end;
      return -1;
    }
    if (end - this.#start > MAX_LINE) {
      throw new RespSyntaxError(
        `Cannot read a line longer than ${MAX_LINE} bytes`,
      );
    }
    if (buffer[end + 1] !== LF) {
      throw new RespSyntaxError(
        "Cannot read a line as CR is not followed by LF",
      );
    }
    this.#start = end + 2;
    this.#searched = this.#start;
    return end;
  }

  /** A length: digits alone, or -1 for null. */
  #length(start: number, end: number, max: number): number {
    if (
      end - start === 2 && this.#buffer[start] === 0x2d &&
      this.#buffer[start + 1] === 0x31
    ) return -1;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = this.#buffer[i]! - 48;
      if (digit < 0 || digit > 9) throw this.#malformed("length", start, end);
      value = value * 10 + digit;
      if (value > max) {
        throw new RespSyntaxError(
          `Cannot read a length of ${
            ascii(this.#buffer, start, end)
          } as the most is ${max}`,
        );
      }
    }
    if (start === end) throw this.#malformed("length", start, end);
    return value;
  }

  #integer(start: number, end: number): number | bigint {
    const negative = this.#buffer[start] === 0x2d;
    let i = negative || this.#buffer[start] === 0x2b ? start + 1 : start;
    if (i === end || end - i > 19) throw this.#malformed("integer", start, end);
    let value = 0;
    for (; i < end; i++) {
      const digit = this.#buffer[i]! - 48;
      if (digit < 0 || digit > 9) throw this.#malformed("integer", start, end);
      value = value * 10 + digit;
    }
    if (value > Number.MAX_SAFE_INTEGER) {
      return BigInt(ascii(this.#buffer, start, end));
    }
    return negative ? -value : value;
  }

  #boolean(start: number, end: number): boolean {
    const text = ascii(this.#buffer, start, end);
    if (text !== "t" && text !== "f") {
      throw this.#malformed("boolean", start, end);
    }
    return text === "t";
  }

  #double(start: number, end: number): number {
    const text = ascii(this.#buffer, start, end);
    if (text === "inf") return Infinity;
    if (text === "-inf") return -Infinity;
    if (text === "nan") return NaN;
    if (!/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text)) {
      throw this.#malformed("double", start, end);
    }
    return Number(text);
  }

  #bigNumber(start: number, end: number): bigint {
    const text = ascii(this.#buffer, start, end);
    // BigInt() takes time quadratic in the digits: a limit keeps that small.
    if (!/^[+-]?\d{1,4096}$/.test(text)) {
      throw this.#malformed("big number", start, end);
    }
    return BigInt(text.startsWith("+") ? text.slice(1) : text);
  }

  #lineText(start: number, end: number): string {
    const text = this.#decode(start, end);
    return typeof text === "string" ? text : ascii(this.#buffer, start, end);
  }

  #malformed(what: string, start: number, end: number): RespSyntaxError {
    const shown = JSON.stringify(
      ascii(this.#buffer, start, Math.min(end, start + 32)),
    );
    return new RespSyntaxError(`Cannot read ${shown} as a RESP ${what}`);
  }

  #unexpected(type: number): RespSyntaxError {
    const shown = JSON.stringify(String.fromCharCode(type));
    return new RespSyntaxError(
      `Cannot read a reply as it begins with ${shown}`,
    );
  }
}

/** A few short texts by their bytes; the newest take the place of the oldest. */
class ShortTexts {
  static readonly MAX_LENGTH = 48;
  static readonly #SIZE = 8;
  #bytes: Uint8Array[] = [];
  #texts: string[] = [];
  #oldest = 0;

  find(buffer: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    next: for (let n = 0; n < this.#bytes.length; n++) {
      const bytes = this.#bytes[n]!;
      if (bytes.length !== length) continue;
      for (let i = length - 1; i >= 0; i--) {
        if (bytes[i] !== buffer[start + i]) continue next;
      }
      return this.#texts[n];
    }
    return undefined;
  }

  add(buffer: Uint8Array, start: number, end: number, text: string): void {
    this.#bytes[this.#oldest] = buffer.slice(start, end);
    this.#texts[this.#oldest] = text;
    this.#oldest = (this.#oldest + 1) % ShortTexts.#SIZE;
  }
}

const TYPES = "$=*>~%+-:_#,(!";

function isType(byte: number): boolean {
  return TYPES.includes(String.fromCharCode(byte));
}

function ascii(buffer: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(
    ...buffer.subarray(start, Math.min(end, start + 8192)),
  );
}
