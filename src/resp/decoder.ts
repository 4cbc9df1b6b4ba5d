/**
 * Reads RESP2 and RESP3: a synchronous cursor over one growing buffer. The
 * caller reads bytes straight into {@linkcode Decoder.space}.
 * {@linkcode Decoder.next} returns whole replies, and keeps its place in a reply
 * that has arrived in part, so the chunks of a reply do not change its cost.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { MessageReader } from "./message_reader.ts";
import { MAX_LINE, ReadBuffer } from "./read_buffer.ts";
import {
  ErrorReply,
  type Message,
  Push,
  type Received,
  type Reply,
  RespSyntaxError,
  Unreadable,
} from "./reply.ts";
import {
  isNullLength,
  malformed,
  parseLength,
  parseScalar,
} from "./scalars.ts";
import { lossyText, TextReader } from "./text_reader.ts";

/** Limits of a {@linkcode Decoder}. Memory is in proportion to the bytes that have arrived, never to the lengths that they declare. */
export interface DecoderOptions {
  /**
   * Whether bulk strings become text or bytes.
   *
   * @default {"text"}
   */
  bulk?: "text" | "bytes";
  /**
   * Bytes of the longest bulk string that is kept. A longer one is skipped and
   * becomes {@linkcode Unreadable}.
   *
   * @default {67_108_864}
   */
  maxBulk?: number;
  /**
   * Most bytes that a bulk string may declare; more is a syntax error.
   *
   * @default {536_870_912}
   */
  hardMaxBulk?: number;
  /**
   * Most items of an array, push or set, and most pairs of a map.
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
  /**
   * Type bytes that are allowed at top level: a server accepts only `*`.
   *
   * @default {"$=!*>~%+-:_#,("}
   */
  topLevel?: string;
  /**
   * Whether a message of a channel becomes a {@linkcode Message}.
   *
   * @default {false}
   */
  messages?: boolean;
}

const BULK = 0x24; // $
const VERBATIM = 0x3d; // =
const BULK_ERROR = 0x21; // !
const ARRAY = 0x2a; // *
const PUSH = 0x3e; // >
const SET = 0x7e; // ~
const MAP = 0x25; // %
const ALL_TYPES = typeTable("$=!*>~%+-:_#,(");

const CR = 13;
const LF = 10;
const COLON = 58;
/** Most bytes of a bulk error: as many as the line of a plain error may have. */
const MAX_ERROR = MAX_LINE;

/** An aggregate whose items have not all arrived. */
interface Frame {
  readonly type: number;
  readonly size: number;
  readonly items: Reply[];
}

/** Decodes a stream of RESP2 or RESP3 values. */
export class Decoder {
  readonly #input = new ReadBuffer();
  readonly #text = new TextReader();
  /** Reads bulk strings as bytes; `undefined` if they become text. */
  readonly #bytes: ByteReader | undefined;
  readonly #maxBulk: number;
  readonly #hardMaxBulk: number;
  readonly #maxItems: number;
  readonly #maxDepth: number;
  readonly #topLevel: Uint8Array;
  readonly #messages: MessageReader | undefined;
  /** Aggregates that are open, the outermost first. */
  readonly #frames: Frame[] = [];
  /** Type of the bulk string whose head has been read, or 0. */
  #bulkType = 0;
  #bulkLength = 0;
  /** Bytes of a bulk string over the limit that are still to be skipped. */
  #surplus = 0;

  /** @param options The limits. */
  constructor(options: DecoderOptions = {}) {
    if (options.bulk === "bytes") this.#bytes = new ByteReader();
    this.#maxBulk = options.maxBulk ?? 64 * 1024 * 1024;
    this.#hardMaxBulk = Math.max(
      options.hardMaxBulk ?? 512 * 1024 * 1024,
      this.#maxBulk,
    );
    this.#maxItems = options.maxItems ?? 1024 * 1024;
    this.#maxDepth = options.maxDepth ?? 16;
    this.#topLevel = options.topLevel === undefined
      ? ALL_TYPES
      : typeTable(options.topLevel);
    if (options.messages) {
      this.#messages = new MessageReader(this.#text, this.#maxBulk);
    }
  }

  /** The number of bytes that have arrived and are not decoded yet. */
  get buffered(): number {
    return this.#input.end - this.#input.start;
  }

  /** The number of decoded values in aggregates that have arrived in part. */
  get items(): number {
    let count = 0;
    for (const { items } of this.#frames) count += items.length;
    return count;
  }

  /** The buffer to read the next bytes into; never empty. The caller must call {@linkcode commit} afterwards. */
  space(): Uint8Array<ArrayBuffer> {
    this.#text.reset();
    this.#bytes?.reset();
    return this.#input.space(this.#bulkType === 0 ? 0 : this.#bulkLength + 2);
  }

  /** Notes that `count` bytes were read into {@linkcode space}. */
  commit(count: number): void {
    this.#input.end += count;
  }

  /**
   * The next whole reply.
   *
   * @returns The reply, or `undefined` if more bytes are needed.
   * @throws {RespSyntaxError} If the bytes are not RESP or break a limit; the
   * decoder must not be used after that.
   */
  next(): Received | undefined {
    const message = this.#message();
    if (message !== undefined) return message;
    for (;;) {
      let value = this.#value();
      if (value === undefined) return undefined;
      for (;;) {
        const frame = this.#frames.at(-1);
        if (frame === undefined) {
          return this.#messages?.recognize(value) ?? value;
        }
        frame.items.push(value);
        if (frame.items.length < frame.size) break;
        this.#frames.pop();
        value = close(frame.type, frame.items);
      }
    }
  }

  /** The next reply if the message reader can read it. */
  #message(): Message | undefined {
    const messages = this.#messages;
    if (
      messages === undefined || this.#frames.length > 0 || this.#bulkType !== 0
    ) return undefined;
    const { bytes, start, end } = this.#input;
    const message = messages.read(bytes, start, end);
    if (message !== undefined) this.#input.take(messages.end);
    return message;
  }

  /** The next value without items; opens the aggregates before it. */
  #value(): Reply | undefined {
    const input = this.#input;
    for (;;) {
      if (this.#surplus > 0) this.#skip();
      if (this.#bulkType !== 0) return this.#bulk();
      if (input.start === input.end) return undefined;
      const type = input.bytes[input.start]!;
      const allowed = this.#frames.length === 0 ? this.#topLevel : ALL_TYPES;
      // Checked before the line is whole, because a peer that does not speak RESP may never send a line break.
      if (allowed[type] === 0) throw unexpected(type);
      const start = input.start + 1;
      const end = input.line();
      if (end === -1) return undefined;
      switch (type) {
        case BULK:
          if (isNullLength(input.bytes, start, end)) return null;
          this.#openBulk(type, start, end, this.#hardMaxBulk);
          break;
        case VERBATIM:
          this.#openBulk(type, start, end, this.#hardMaxBulk);
          break;
        case BULK_ERROR:
          this.#openBulk(type, start, end, MAX_ERROR);
          break;
        case ARRAY:
        case PUSH:
        case SET:
        case MAP: {
          if (type === ARRAY && isNullLength(input.bytes, start, end)) {
            return null;
          }
          const count = parseLength(input.bytes, start, end, this.#maxItems);
          if (count === 0) return close(type, []);
          this.#openAggregate(type, type === MAP ? count * 2 : count);
          break;
        }
        default:
          return parseScalar(type, input.bytes, start, end);
      }
    }
  }

  #openAggregate(type: number, size: number): void {
    if (this.#frames.length >= this.#maxDepth) {
      throw new RespSyntaxError(
        `Cannot read a reply nested deeper than ${this.#maxDepth} levels`,
      );
    }
    this.#frames.push({ type, size, items: [] });
  }

  #openBulk(type: number, start: number, end: number, max: number): void {
    this.#bulkLength = parseLength(this.#input.bytes, start, end, max);
    this.#bulkType = type;
    if (this.#bulkLength > this.#maxBulk) this.#surplus = this.#bulkLength;
  }

  /** Skips the bytes that have arrived of a bulk string over the limit. */
  #skip(): void {
    const count = Math.min(this.#surplus, this.buffered);
    this.#input.take(this.#input.start + count);
    this.#surplus -= count;
  }

  #bulk(): Reply | undefined {
    const input = this.#input;
    const isSkipped = this.#bulkLength > this.#maxBulk;
    const start = input.start;
    const end = start + (isSkipped ? this.#surplus : this.#bulkLength);
    if (input.end < end + 2) return undefined;
    if (input.bytes[end] !== CR || input.bytes[end + 1] !== LF) {
      throw new RespSyntaxError("Cannot read a bulk string as no CRLF ends it");
    }
    const type = this.#bulkType;
    this.#bulkType = 0;
    input.take(end + 2);
    if (isSkipped) {
      return new Unreadable(
        `${this.#bulkLength} bytes are over the limit of ${this.#maxBulk}`,
      );
    }
    if (type === BULK_ERROR) {
      return new ErrorReply(lossyText(input.bytes, start, end));
    }
    return this.#content(
      type === VERBATIM ? skipFormat(input.bytes, start, end) : start,
      end,
    );
  }

  #content(start: number, end: number): string | Uint8Array | Unreadable {
    const { bytes, end: arrived } = this.#input;
    if (this.#bytes !== undefined) {
      return this.#bytes.read(bytes, start, end, arrived);
    }
    return this.#text.read(bytes, start, end, arrived) ??
      new Unreadable("it is not valid UTF-8");
  }
}

function close(type: number, items: Reply[]): Reply {
  if (type === PUSH) return new Push(items);
  if (type !== MAP) return items;
  const map = new Map<Reply, Reply>();
  for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  return map;
}

/** Where the text of a verbatim string begins, behind `txt:` or `mkd:`. */
function skipFormat(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4 || bytes[start + 3] !== COLON) {
    throw malformed("verbatim string", bytes, start, end);
  }
  return start + 4;
}

/** A table with 1 at the code of each character. */
function typeTable(types: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const type of types) table[type.charCodeAt(0)] = 1;
  return table;
}

function unexpected(type: number): RespSyntaxError {
  const shown = JSON.stringify(String.fromCharCode(type));
  return new RespSyntaxError(`Cannot read a reply as it begins with ${shown}`);
}
