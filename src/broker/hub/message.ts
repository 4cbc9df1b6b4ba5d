/**
 * A published message as subscribers receive it: encoded once for each version
 * of the protocol, and the bytes shared by all who speak it.
 *
 * @module
 */
import { aggregate } from "../../resp/encode.ts";
import { binaryBulk, writeBinaryString } from "../binary_string.ts";

/** The version of the wire format that a client speaks. */
export type RespVersion = 2 | 3;

/** Bytes from which on a payload is not copied to be joined with what stands around it. */
const LARGE = 64 * 1024;
/** What the objects around shared bytes take. */
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

  /** Notes one use more; answers by how many bytes that makes memory grow. */
  retain(): number {
    return this.#uses++ === 0 ? this.bytes.length + OVERHEAD : 0;
  }

  /** Notes one use less; answers by how many bytes that makes memory shrink. */
  release(): number {
    return --this.#uses === 0 ? this.bytes.length + OVERHEAD : 0;
  }
}

/** A message on its way to subscribers. */
export class BrokerMessage {
  readonly #fields: readonly string[];
  readonly #payload: SharedBytes;
  #resp2: readonly SharedBytes[] | undefined;
  #resp3: readonly SharedBytes[] | undefined;

  /**
   * @param fields Its kind, then the names that it came by, one code unit a byte.
   * @param payload What was published.
   */
  constructor(fields: readonly string[], payload: SharedBytes) {
    this.#fields = fields;
    this.#payload = payload;
  }

  /**
   * The message on the wire, in one piece or several.
   *
   * @param version Decides between an array and a push.
   */
  encoded(version: RespVersion): readonly SharedBytes[] {
    return version === 2
      ? this.#resp2 ??= this.#encode("*")
      : this.#resp3 ??= this.#encode(">");
  }

  #encode(type: "*" | ">"): readonly SharedBytes[] {
    const payload = this.#payload.bytes;
    let head = aggregate(type, this.#fields.length + 1);
    for (const field of this.#fields) head += binaryBulk(field);
    head += `$${payload.length}\r\n`;
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
