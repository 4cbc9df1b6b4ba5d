/**
 * Who listens to which channel, and what the server has confirmed of it. Pure:
 * it is told what arrives and says what to send.
 *
 * @module
 */
import { Fifo } from "../internal/fifo.ts";
import {
  ErrorReply,
  Message,
  Push,
  type Received,
  type Reply,
} from "../resp/reply.ts";
import type { LinkChange, Sink } from "../transport/transport.ts";
import { replyError } from "./errors.ts";
import type { PushSink } from "../redis/connection/push_sink.ts";

interface SubscribedChannel {
  readonly sinks: Set<Sink>;
  /** The same as an array, which takes half the time to go through; made anew when they change. */
  list: readonly Sink[] | undefined;
  /**
   * `"lost"` was confirmed on a connection that is gone. A channel that never
   * was confirmed must not be part of a resubscription: it may be a forbidden
   * one, and would take the others down with it.
   */
  state: "asked" | "confirmed" | "lost";
}

/** A SUBSCRIBE or UNSUBSCRIBE that was sent. */
interface Sent {
  readonly channels: readonly string[];
  confirmations: number;
  resolve(): void;
  reject(error: Error): void;
}

/** The subscriptions of one client. */
export class Subscriptions implements PushSink {
  readonly #channels = new Map<string, SubscribedChannel>();
  readonly #sent = new Fifo<Sent>();

  /** The channels to subscribe to again on a new connection. */
  get lostChannels(): string[] {
    return [...this.#channels]
      .filter(([, { state }]) => state === "lost")
      .map(([name]) => name);
  }

  /** Notes a listener. */
  add(channels: readonly string[], sink: Sink): void {
    for (const name of channels) {
      let channel = this.#channels.get(name);
      if (channel === undefined) {
        channel = { sinks: new Set(), list: undefined, state: "asked" };
        this.#channels.set(name, channel);
      }
      channel.sinks.add(sink);
      channel.list = undefined;
    }
  }

  /** Forgets a listener; returns the channels that nobody listens to any more. */
  remove(channels: readonly string[], sink: Sink): string[] {
    const unused: string[] = [];
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (!channel?.sinks.delete(sink)) continue;
      channel.list = undefined;
      if (channel.sinks.size === 0) {
        this.#channels.delete(name);
        unused.push(name);
      }
    }
    return unused;
  }

  /** Those of the channels that the server has not confirmed. */
  unconfirmed(channels: readonly string[]): string[] {
    return channels.filter((name) =>
      this.#channels.get(name)?.state !== "confirmed"
    );
  }

  /** Notes that (UN)SUBSCRIBE was sent for these channels; resolves on the last confirmation. */
  sent(channels: readonly string[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#sent.push({ channels, confirmations: 0, resolve, reject });
    return promise;
  }

  /** Notes that the connection is gone, and with it every confirmation. */
  lost(cause: Error): void {
    for (const channel of this.#channels.values()) {
      if (channel.state === "confirmed") channel.state = "lost";
    }
    for (const sent of this.#sent.drain()) sent.reject(cause);
  }

  /** Tells every listener that is subscribed, or was, what happened to the link. */
  tell(change: LinkChange): void {
    const sinks = new Set(
      [...this.#channels.values()]
        .filter(({ state }) => state !== "asked")
        .flatMap(({ sinks }) => [...sinks]),
    );
    for (const sink of sinks) {
      try {
        sink.link?.(change);
      } catch (error) {
        reportError(error); // uncaught, as from an event listener
      }
    }
  }

  /**
   * Takes what arrived on the subscribing connection.
   *
   * @returns `false` where it is nothing that belongs there.
   */
  take(reply: Received): boolean {
    if (reply instanceof Message) return this.#deliver(reply);
    if (reply instanceof ErrorReply) return this.#refused(reply);
    // The answers to PING, before and while something is subscribed.
    if (reply === "PONG") return true;
    const items = reply instanceof Push ? reply.items : reply;
    if (!Array.isArray(items)) return false;
    switch (items[0]) {
      case "subscribe":
        return this.#confirm(items[1], "confirmed");
      case "unsubscribe":
        return this.#confirm(items[1], "asked");
      case "pong":
        return true;
      case "message":
        return false; // one that is none: see Decoder
      default:
        return reply instanceof Push; // a kind that this client never asks for
    }
  }

  /** A sink that throws is its owner's fault and must not cost the others the link. */
  #deliver({ channel, payload }: Message): boolean {
    const listened = this.#channels.get(channel);
    if (listened === undefined) return true;
    const sinks = listened.list ??= [...listened.sinks];
    for (const sink of sinks) {
      // One that another has closed meanwhile is called no more.
      if (listened.list !== sinks && !listened.sinks.has(sink)) continue;
      try {
        if (typeof payload === "string") sink.message(payload, channel);
        else sink.unreadable?.(payload.reason, channel);
      } catch (error) {
        reportError(error);
      }
    }
    return true;
  }

  #confirm(name: Reply | undefined, state: "asked" | "confirmed"): boolean {
    const sent = this.#sent.peek();
    if (sent === undefined) return false;
    if (typeof name === "string") {
      const channel = this.#channels.get(name);
      if (channel !== undefined) channel.state = state;
    }
    if (++sent.confirmations === sent.channels.length) {
      this.#sent.shift();
      sent.resolve();
    }
    return true;
  }

  /** One forbidden channel refuses the whole SUBSCRIBE. */
  #refused(reply: ErrorReply): boolean {
    const sent = this.#sent.shift();
    // Nothing else is posted but PING, and a refusal of that is an answer too.
    if (sent === undefined) return true;
    sent.reject(
      replyError(reply, `subscribe to "${sent.channels.join('", "')}"`),
    );
    return true;
  }
}
