/**
 * What a subscribing connection hears: messages for the sink, and confirmations
 * for each SUBSCRIBE and UNSUBSCRIBE, in the order in which they were sent.
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

/** Pairs confirmations with the commands that asked for them. */
export class SubscribeQueue {
  readonly #sink: MessageSink;
  readonly #secret: string | undefined;
  readonly #sent = new Fifo<SentCommand>();

  /** @param secret What no error may hold, even if the server repeats it. */
  constructor(sink: MessageSink, secret: string | undefined) {
    this.#sink = sink;
    this.#secret = secret;
  }

  /** Notes that SUBSCRIBE or UNSUBSCRIBE was sent; resolves on its last confirmation. */
  sent(channels: readonly string[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sent.push({ channels, confirmations: 0, resolve, reject });
    return promise;
  }

  /** The connection has ended, so that nothing is confirmed any more. */
  rejectAll(cause: Error): void {
    for (const sent of this.#sent.drain()) sent.reject(cause);
  }

  /** Takes what arrived; `false` where it is nothing that belongs there. */
  take(reply: Received): boolean {
    if (reply instanceof Message) {
      const { channel, payload } = reply;
      if (typeof payload === "string") this.#sink.message(channel, payload);
      else this.#sink.unreadable(channel, payload.reason);
      return true;
    }
    if (reply instanceof ErrorReply) return this.#refuse(reply);
    // The replies to PING, before and while something is subscribed.
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
        return false; // one that is none: see Decoder
      default:
        return reply instanceof Push; // a kind that this client never asks for
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

  /** One forbidden channel refuses the whole SUBSCRIBE. */
  #refuse({ message }: ErrorReply): boolean {
    const sent = this.#sent.shift();
    // Nothing else is posted but PING, and a refusal of PING is a reply too.
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
