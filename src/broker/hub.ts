/**
 * Who is subscribed to what, and who gets a message. Pure: subscribers are
 * objects that take messages, and names are text of one code unit a byte.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import { BrokerMessage } from "./message.ts";

/** The three sorts of names that can be subscribed to; each is a space of its own. */
export type Kind = "channel" | "pattern" | "shard";

/** The names that one subscriber is subscribed to. */
export type SubscriptionSets = Readonly<Record<Kind, Set<string>>>;

/** Receives messages. */
export interface HubSubscriber {
  /** Kept by the {@linkcode Hub} alone. */
  readonly subscriptions: SubscriptionSets;
  /** Takes one message; must not throw. It may unsubscribe while it is called. */
  deliver(message: BrokerMessage): void;
}

/** Nothing subscribed to yet. */
export function noSubscriptions(): SubscriptionSets {
  return { channel: new Set(), pattern: new Set(), shard: new Set() };
}

/** Connects those who publish with those who are subscribed. */
export class Hub {
  readonly #subscribers: Record<Kind, Map<string, Set<HubSubscriber>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };

  /**
   * Subscribes to one name.
   *
   * @returns Whether that is new.
   */
  subscribe(kind: Kind, name: string, subscriber: HubSubscriber): boolean {
    const own = subscriber.subscriptions[kind];
    if (own.has(name)) return false;
    own.add(name);
    const all = this.#subscribers[kind];
    const others = all.get(name);
    if (others === undefined) all.set(name, new Set([subscriber]));
    else others.add(subscriber);
    return true;
  }

  /**
   * Unsubscribes from one name.
   *
   * @returns Whether it was subscribed to.
   */
  unsubscribe(kind: Kind, name: string, subscriber: HubSubscriber): boolean {
    if (!subscriber.subscriptions[kind].delete(name)) return false;
    const all = this.#subscribers[kind];
    const rest = all.get(name)!;
    rest.delete(subscriber);
    if (rest.size === 0) all.delete(name);
    return true;
  }

  /** Unsubscribes from everything. */
  leave(subscriber: HubSubscriber): void {
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const name of subscriber.subscriptions[kind]) {
        this.unsubscribe(kind, name, subscriber);
      }
    }
  }

  /**
   * Delivers to the subscribers of a channel, then to those of every pattern
   * that it matches.
   *
   * @param channel The channel's name.
   * @param payload The message; must not change any more.
   * @returns How many deliveries that made; a subscriber by two ways counts twice.
   */
  publish(channel: string, payload: Uint8Array): number {
    let receivers = 0;
    const direct = this.#subscribers.channel.get(channel);
    if (direct !== undefined) {
      receivers += deliver(direct, ["message", channel], payload);
    }
    for (const [pattern, subscribers] of this.#subscribers.pattern) {
      if (!globMatches(pattern, channel)) continue;
      receivers += deliver(
        subscribers,
        ["pmessage", pattern, channel],
        payload,
      );
    }
    return receivers;
  }

  /** As {@linkcode publish}, to the subscribers of a shard channel. */
  publishToShard(channel: string, payload: Uint8Array): number {
    const subscribers = this.#subscribers.shard.get(channel);
    if (subscribers === undefined) return 0;
    return deliver(subscribers, ["smessage", channel], payload);
  }

  /** How many are subscribed to one name. */
  count(kind: Kind, name: string): number {
    return this.#subscribers[kind].get(name)?.size ?? 0;
  }

  /** How many names have a subscriber. */
  size(kind: Kind): number {
    return this.#subscribers[kind].size;
  }

  /** The names that have a subscriber, and match a pattern where one is given. */
  *names(kind: Kind, pattern?: string): Generator<string> {
    for (const name of this.#subscribers[kind].keys()) {
      if (pattern === undefined || globMatches(pattern, name)) yield name;
    }
  }
}

function deliver(
  subscribers: Set<HubSubscriber>,
  fields: readonly string[],
  payload: Uint8Array,
): number {
  const message = new BrokerMessage(fields, payload);
  const count = subscribers.size;
  for (const subscriber of subscribers) subscriber.deliver(message);
  return count;
}
