/**
 * A published message as subscribers receive it: encoded once for each version
 * of the protocol, and the bytes shared by all who speak it.
 *
 * @module
 */
import { aggregate } from "../resp/encode.ts";
import { binaryBulk, writeBinaryString } from "./binary_string.ts";

/** The version of the wire format that a client speaks. */
export type RespVersion = 2 | 3;

/** A message on its way to subscribers. */
export class BrokerMessage {
  readonly #fields: readonly string[];
  readonly #payload: Uint8Array;
  #resp2: Uint8Array | undefined;
  #resp3: Uint8Array | undefined;

  /**
   * @param fields Its kind, then the names that it came by, one code unit a byte.
   * @param payload What was published; must not change any more.
   */
  constructor(fields: readonly string[], payload: Uint8Array) {
    this.#fields = fields;
    this.#payload = payload;
  }

  /**
   * The message on the wire.
   *
   * @param version Decides between an array and a push.
   * @returns Bytes that are shared, so must not be written to.
   */
  encoded(version: RespVersion): Uint8Array {
    return version === 2
      ? this.#resp2 ??= this.#encode("*")
      : this.#resp3 ??= this.#encode(">");
  }

  #encode(type: "*" | ">"): Uint8Array {
    let head = aggregate(type, this.#fields.length + 1);
    for (const field of this.#fields) head += binaryBulk(field);
    head += `$${this.#payload.length}\r\n`;
    const bytes = new Uint8Array(head.length + this.#payload.length + 2);
    writeBinaryString(head, bytes);
    bytes.set(this.#payload, head.length);
    writeBinaryString("\r\n", bytes, bytes.length - 2);
    return bytes;
  }
}
