/**
 * Messages of channels, among all that a server sends to who has subscribed.
 * Nearly all of them are of the channel of the one before, and so begin with
 * the same bytes: comparing those costs a fraction of reading them.
 *
 * @module
 */
import { aggregate, bulk } from "./encode.ts";
import {
  Message,
  Push,
  type Received,
  type Reply,
  Unreadable,
} from "./reply.ts";
import type { TextReader } from "./text_reader.ts";

const CR = 13;
const LF = 10;
const ZERO = 48;

/** What a message of one channel begins with. */
interface MessageHead {
  readonly channel: string;
  readonly type: ">" | "*";
  /** Up to the length of its payload. */
  readonly bytes: Uint8Array;
}

/** The one that was learned last: connections of one process tend to listen to the same channel. */
let learned: MessageHead | undefined;

/** Reads whole messages of the channel that was seen last. */
export class MessageReader {
  readonly #text: TextReader;
  readonly #maxLength: number;
  #head: MessageHead | undefined;
  /** The channel of the last message that did not begin so. */
  #other = "";
  /** Where the last message ended. */
  end = 0;

  /**
   * @param text Reads the payloads.
   * @param maxLength Bytes of the longest payload.
   */
  constructor(text: TextReader, maxLength: number) {
    this.#text = text;
    this.#maxLength = maxLength;
  }

  /**
   * Reads the message that begins at an offset, and sets {@linkcode end}.
   *
   * @returns Nothing where it is none, not whole, or has to be read with care.
   */
  read(bytes: Uint8Array, start: number, arrived: number): Message | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    const { bytes: begin } = head;
    if (arrived - start < begin.length) return undefined;
    for (let i = 0; i < begin.length; i++) {
      if (bytes[start + i] !== begin[i]) return undefined;
    }
    const digits = start + begin.length;
    let at = digits;
    let length = 0;
    for (; at < arrived; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9 || length > this.#maxLength) break;
      length = length * 10 + digit;
    }
    const from = at + 2;
    const to = from + length;
    if (
      at === digits || length > this.#maxLength || to + 2 > arrived ||
      bytes[at] !== CR || bytes[at + 1] !== LF ||
      bytes[to] !== CR || bytes[to + 1] !== LF
    ) return undefined;
    const payload = this.#text.read(bytes, from, to, arrived);
    if (payload === undefined) return undefined;
    this.end = to + 2;
    return new Message(head.channel, payload);
  }

  /**
   * Takes a reply that was read with care.
   *
   * @returns The message where it is one; else the reply.
   */
  recognize(reply: Reply): Received {
    const items = reply instanceof Push ? reply.items : reply;
    if (!Array.isArray(items) || items.length !== 3) return reply;
    const [kind, channel, payload] = items;
    if (
      kind !== "message" || typeof channel !== "string" ||
      (typeof payload !== "string" && !(payload instanceof Unreadable))
    ) return reply;
    // Two in a row: channels that take turns would each be learned for nothing.
    if (channel !== this.#head?.channel && channel === this.#other) {
      this.#learn(channel, reply instanceof Push ? ">" : "*");
    }
    this.#other = channel;
    return new Message(channel, payload);
  }

  #learn(channel: string, type: ">" | "*"): void {
    if (learned?.channel !== channel || learned.type !== type) {
      const text = `${aggregate(type, 3)}${bulk("message")}${bulk(channel)}$`;
      learned = { channel, type, bytes: new TextEncoder().encode(text) };
    }
    this.#head = learned;
  }
}
