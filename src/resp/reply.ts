/**
 * The values that the decoder yields: plain values, and classes for the few
 * kinds that plain values can't tell apart.
 *
 * @module
 */

/**
 * One decoded RESP2 or RESP3 value. A bulk string is text or bytes, by the
 * options of the decoder.
 *
 * @category Redis client
 */
export type Reply =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ErrorReply
  | Unreadable
  | Push
  | Reply[]
  | Map<Reply, Reply>;

/**
 * An error reply of the server, such as `WRONGPASS …`.
 *
 * @category Redis client
 */
export class ErrorReply {
  /** The whole line, code first. */
  readonly message: string;

  /** Keeps the line. */
  constructor(message: string) {
    this.message = message;
  }

  /** The first word: `ERR`, `NOAUTH`, `NOPERM`, `LOADING` … */
  get code(): string {
    const end = this.message.indexOf(" ");
    return end === -1 ? this.message : this.message.slice(0, end);
  }
}

/**
 * An out-of-band RESP3 push: a message, a confirmation of (UN)SUBSCRIBE, …
 *
 * @category Redis client
 */
export class Push {
  /** The kind of push, such as `message`, and the items of that kind. */
  readonly items: Reply[];

  /** Keeps the items. */
  constructor(items: Reply[]) {
    this.items = items;
  }
}

/** A message of a channel. */
export class Message {
  /** The channel. */
  readonly channel: string;
  /** The published message. */
  readonly payload: string | Unreadable;

  /** Keeps both. */
  constructor(channel: string, payload: string | Unreadable) {
    this.channel = channel;
    this.payload = payload;
  }
}

/** A reply on a connection that subscribes. */
export type Received = Reply | Message;

/**
 * Stands for a bulk string that was skipped, because it is too long or not UTF-8.
 *
 * @category Redis client
 */
export class Unreadable {
  /** Why the bulk string was skipped. */
  readonly reason: string;

  /** Keeps the reason. */
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The bytes are not RESP, or break a limit: the rest of the stream can't be read. */
export class RespSyntaxError extends Error {
  /** Names the class in stack traces. */
  override name = "RespSyntaxError";
}
