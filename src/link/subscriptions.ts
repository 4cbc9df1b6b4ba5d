/**
 * Which sinks listen to which channel, and which channels the server has
 * confirmed. Pure: this file sends nothing.
 *
 * Invariant: a channel is subscribed to again after a reconnect if, and only if,
 * it was confirmed and has a sink.
 *
 * @module
 */
import type { LinkChange, Sink } from "../transport/transport.ts";
import type { MessageSink } from "./connection.ts";

interface SubscribedChannel {
  /** Another array when they change, because a copy for each message would take a tenth longer (bench c). */
  sinks: readonly Sink[];
  isConfirmed: boolean;
}

/** The subscriptions of one transport. */
export class Subscriptions implements MessageSink {
  readonly #channels = new Map<string, SubscribedChannel>();

  /** The channels to subscribe to again on a new connection. */
  get confirmed(): string[] {
    return [...this.#channels.keys()].filter((name) =>
      this.#channels.get(name)!.isConfirmed
    );
  }

  /** Adds a sink; to be called before SUBSCRIBE is sent, so that no message gets lost. Idempotent. */
  add(channels: readonly string[], sink: Sink): void {
    for (const name of channels) {
      let channel = this.#channels.get(name);
      if (channel === undefined) {
        channel = { sinks: [], isConfirmed: false };
        this.#channels.set(name, channel);
      }
      if (channel.sinks.includes(sink)) continue;
      channel.sinks = [...channel.sinks, sink];
    }
  }

  /** Removes a sink; returns the channels that have no sink left. */
  remove(channels: readonly string[], sink: Sink): string[] {
    const unused: string[] = [];
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (!channel?.sinks.includes(sink)) continue;
      channel.sinks = channel.sinks.filter((each) => each !== sink);
      if (channel.sinks.length === 0) {
        this.#channels.delete(name);
        unused.push(name);
      }
    }
    return unused;
  }

  /** The channels, among these, that the server has not confirmed. */
  unconfirmed(channels: readonly string[]): string[] {
    return channels.filter((name) => !this.#channels.get(name)?.isConfirmed);
  }

  /** Notes that the server has confirmed these channels. */
  confirm(channels: readonly string[]): void {
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (channel !== undefined) channel.isConfirmed = true;
    }
  }

  /** Removes a channel that the server refuses to confirm again, and tells its sinks. */
  refuse(name: string, cause: Error): void {
    const sinks = this.#channels.get(name)?.sinks ?? [];
    this.#channels.delete(name);
    tell(sinks, { state: "closed", cause });
  }

  /** Tells every sink of a confirmed channel about a change of the link; if the link is closed, removes the sinks. */
  tell(change: LinkChange): void {
    const { confirmed } = this;
    const sinks = new Set(
      confirmed.flatMap((name) => this.#channels.get(name)!.sinks),
    );
    if (change.state === "closed") {
      for (const name of confirmed) this.#channels.delete(name);
    }
    tell(sinks, change);
  }

  message(channel: string, payload: string): void {
    this.#deliver(channel, payload);
  }

  unreadable(channel: string, reason: string): void {
    this.#deliver(channel, undefined, reason);
  }

  #deliver(name: string, payload: string | undefined, reason = ""): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const { sinks } = channel;
    for (const sink of sinks) {
      // A sink may have been removed by a sink that was called before it.
      if (channel.sinks !== sinks && !channel.sinks.includes(sink)) continue;
      try {
        if (payload !== undefined) sink.message(payload, name);
        else sink.unreadable?.(reason, name);
      } catch (error) {
        reportError(error); // as from an event listener: the other sinks must get the message
      }
    }
  }
}

function tell(sinks: Iterable<Sink>, change: LinkChange): void {
  for (const sink of sinks) {
    try {
      sink.link?.(change);
    } catch (error) {
      reportError(error);
    }
  }
}
