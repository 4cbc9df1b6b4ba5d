/**
 * What the decoder yields: replies as plain values, and the few that need a
 * class of their own.
 *
 * @module
 */

/** One decoded RESP2 or RESP3 value. Bulk strings are text or bytes, as the decoder was told. */
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

/** An error that the other end replied with, such as `WRONGPASS …`. */
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

/** An out-of-band RESP3 push: a message, a (un)subscribe confirmation, … */
export class Push {
  /** Its kind, such as `message`, and what belongs to it. */
  readonly items: Reply[];

  /** Keeps the items. */
  constructor(items: Reply[]) {
    this.items = items;
  }
}

/** A message of a channel, where the decoder was told to look for them. */
export class Message {
  /** The channel. */
  readonly channel: string;
  /** What was published on it. */
  readonly payload: string | Unreadable;

  /** Keeps both. */
  constructor(channel: string, payload: string | Unreadable) {
    this.channel = channel;
    this.payload = payload;
  }
}

/** What arrives at who has subscribed. */
export type Received = Reply | Message;

/** Stands where a bulk string was skipped, as it is too long or no UTF-8. */
export class Unreadable {
  /** Why it was skipped. */
  readonly reason: string;

  /** Keeps the reason. */
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The bytes are not RESP, or break a limit: the stream can't be trusted any more. */
export class RespSyntaxError extends Error {
  /** Names the class in stack traces. */
  override name = "RespSyntaxError";
}
