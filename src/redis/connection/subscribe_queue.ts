/**
 * What arrives on a subscribing connection: messages for the sink, and
 * confirmations of each SUBSCRIBE and UNSUBSCRIBE, in the order of sending.
 *
 * @module
 */
import { Fifo } from "../../internal/fifo.ts";
import type { MessageSink } from "../../link/connection.ts";
import { replyError } from "../../link/errors.ts";
import { ErrorReply, Message, Push, type Received } from "../../resp/reply.ts";

/** A SUBSCRIBE or UNSUBSCRIBE that was sent. */
interface SentCommand {
  readonly channels: readonly string[];
  confirmations: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Pairs confirmations with their commands. */
export class SubscribeQueue {
  readonly #sink: MessageSink;
  readonly #secret: string | undefined;
  readonly #sent = new Fifo<SentCommand>();

  /** @param secret The password, which must not get into an error even if the server repeats it. */
  constructor(sink: MessageSink, secret: string | undefined) {
    this.#sink = sink;
    this.#secret = secret;
  }

  /** Notes that SUBSCRIBE or UNSUBSCRIBE was sent; resolves when every channel is confirmed. */
  sent(channels: readonly string[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sent.push({ channels, confirmations: 0, resolve, reject });
    return promise;
  }

  /** Rejects every command, because the connection has ended. */
  rejectAll(cause: Error): void {
    for (const sent of this.#sent.drain()) sent.reject(cause);
  }

  /** Takes a reply; returns `false` if it belongs on no subscribing connection. */
  take(reply: Received): boolean {
    if (reply instanceof Message) {
      const { channel, payload } = reply;
      if (typeof payload === "string") this.#sink.message(channel, payload);
      else this.#sink.unreadable(channel, payload.reason);
      return true;
    }
    if (reply instanceof ErrorReply) return this.#refuse(reply);
    // The reply to PING while nothing is subscribed; below, the reply while something is.
    if (reply === "PONG") return true;
    const items = reply instanceof Push ? reply.items : reply;
    if (!Array.isArray(items)) return false;
    switch (items[0]) {
      case "subscribe":
      case "unsubscribe":
        return this.#confirm();
      case "pong":
        return true;
      case "message":
        return false; // malformed, or the decoder had made a Message of it
      default:
        return reply instanceof Push; // a server may send pushes of other kinds
    }
  }

  #confirm(): boolean {
    const sent = this.#sent.peek();
    if (sent === undefined) return false;
    if (++sent.confirmations === sent.channels.length) {
      this.#sent.shift();
      sent.resolve();
    }
    return true;
  }

  /** Rejects the oldest command: one forbidden channel refuses the whole SUBSCRIBE. */
  #refuse({ message }: ErrorReply): boolean {
    const sent = this.#sent.shift();
    // Without such a command, the server refused a PING, which is an answer, too.
    sent?.reject(
      replyError(
        message,
        `subscribe to "${sent.channels.join('", "')}"`,
        this.#secret,
      ),
    );
    return true;
  }
}
