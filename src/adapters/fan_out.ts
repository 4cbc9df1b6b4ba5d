/**
 * Which sinks listen to which channel of a connection, and which of the
 * channels the server has confirmed. Pure: it sends nothing itself.
 *
 * @module
 */
import type { LinkChange, Sink } from "../transport/transport.ts";

interface FanOutChannel {
  readonly sinks: Set<Sink>;
  /**
   * A channel that never was confirmed must not be part of a resubscription:
   * it may be a forbidden one, and would take the others down with it.
   */
  confirmed: boolean;
}

/** The listeners of one subscribing connection. */
export class FanOut {
  readonly #channels = new Map<string, FanOutChannel>();

  /** The channels that were confirmed once: those to subscribe to again after a reconnect. */
  get confirmed(): string[] {
    return [...this.#channels]
      .filter(([, { confirmed }]) => confirmed)
      .map(([name]) => name);
  }

  /** Notes a listener, before the server is asked: no message slips through. */
  add(channels: readonly string[], sink: Sink): void {
    for (const name of channels) {
      let channel = this.#channels.get(name);
      if (channel === undefined) {
        channel = { sinks: new Set(), confirmed: false };
        this.#channels.set(name, channel);
      }
      channel.sinks.add(sink);
    }
  }

  /** Notes that the server has confirmed these channels. */
  confirm(channels: readonly string[]): void {
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (channel !== undefined) channel.confirmed = true;
    }
  }

  /** Forgets a listener; returns the channels that nobody listens to any more. */
  remove(channels: readonly string[], sink: Sink): string[] {
    const unused: string[] = [];
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (channel?.sinks.delete(sink) && channel.sinks.size === 0) {
        this.#channels.delete(name);
        unused.push(name);
      }
    }
    return unused;
  }

  /** Hands a message to everyone who listens to its channel. */
  message(channel: string, payload: string): void {
    callAll(this.#sinksOf(channel), (sink) => sink.message(payload, channel));
  }

  /** Tells everyone who listens to the channel of a message that can't be read. */
  unreadable(channel: string, reason: string): void {
    callAll(
      this.#sinksOf(channel),
      (sink) => sink.unreadable?.(reason, channel),
    );
  }

  /** Tells everyone who is subscribed, or was, what happened to the link. */
  tell(change: LinkChange): void {
    const sinks = new Set(
      [...this.#channels.values()]
        .filter(({ confirmed }) => confirmed)
        .flatMap(({ sinks }) => [...sinks]),
    );
    callAll(sinks, (sink) => sink.link?.(change));
  }

  #sinksOf(channel: string): Sink[] {
    return [...this.#channels.get(channel)?.sinks ?? []];
  }
}

/** A sink that throws is its owner's fault and must not cost the others the message. */
function callAll(sinks: Iterable<Sink>, call: (sink: Sink) => void): void {
  for (const sink of sinks) {
    try {
      call(sink);
    } catch (error) {
      reportError(error); // uncaught, as from an event listener
    }
  }
}
