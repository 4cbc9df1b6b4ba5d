/**
 * A published message as subscribers receive it: encoded once for each version
 * of the protocol, and the bytes shared by all subscribers.
 *
 * @module
 */
import { aggregate } from "../../resp/encode.ts";
import { binaryBulk, writeBinaryString } from "../binary_string.ts";

/** The version of the wire format that a client speaks. */
export type RespVersion = 2 | 3;

/** Bytes from which a payload is not copied to be joined with the bytes around it. */
const LARGE = 64 * 1024;
/** Bytes that the objects around shared bytes take. */
const OVERHEAD = 256;
const CRLF = Uint8Array.of(13, 10);

/** Bytes that wait for any number of clients and are in memory once. */
export class SharedBytes {
  /** The bytes; must not be written to. */
  readonly bytes: Uint8Array;
  #uses = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Counts one more use; returns the bytes by which that makes memory grow. */
  retain(): number {
    return this.#uses++ === 0 ? this.bytes.length + OVERHEAD : 0;
  }

  /** Counts one use less; returns the bytes by which that makes memory shrink. */
  release(): number {
    return --this.#uses === 0 ? this.bytes.length + OVERHEAD : 0;
  }
}

/** A message on its way to subscribers. */
export class BrokerMessage {
  readonly #words: readonly string[];
  readonly #payload: SharedBytes;
  #resp2: readonly SharedBytes[] | undefined;
  #resp3: readonly SharedBytes[] | undefined;

  /**
   * @param words The kind of message, then the pattern if there is one, then the channel.
   * @param payload The published bytes.
   */
  constructor(words: readonly string[], payload: SharedBytes) {
    this.#words = words;
    this.#payload = payload;
  }

  /**
   * The message on the wire, in one piece or several.
   *
   * @param version 2 writes an array, 3 writes a push.
   */
  encoded(version: RespVersion): readonly SharedBytes[] {
    return version === 2
      ? this.#resp2 ??= this.#encode("*")
      : this.#resp3 ??= this.#encode(">");
  }

  #encode(type: "*" | ">"): readonly SharedBytes[] {
    const payload = this.#payload.bytes;
    const head = aggregate(type, this.#words.length + 1) +
      this.#words.map(binaryBulk).join("") + `$${payload.length}\r\n`;
    const isLarge = payload.length >= LARGE;
    const bytes = new Uint8Array(
      isLarge ? head.length : head.length + payload.length + CRLF.length,
    );
    writeBinaryString(head, bytes);
    if (isLarge) {
      return [new SharedBytes(bytes), this.#payload, new SharedBytes(CRLF)];
    }
    bytes.set(payload, head.length);
    bytes.set(CRLF, head.length + payload.length);
    return [new SharedBytes(bytes)];
  }
}
