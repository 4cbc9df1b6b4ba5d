/**
 * Who is subscribed to what, and who gets a message. Pure: subscribers are
 * objects that take messages, and names are text of one code unit a byte.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import { BrokerMessage, SharedBytes } from "./message.ts";
import type { Pace } from "../pace.ts";
import { matchingCost, PatternSearch } from "./pattern_search.ts";

/** The three sorts of names that can be subscribed to; each is a space of its own. */
export type Kind = "channel" | "pattern" | "shard";

/** All of them. */
export const KINDS = ["channel", "pattern", "shard"] as const;

/** The names that one subscriber is subscribed to. */
export type SubscriptionSets = Readonly<Record<Kind, Set<string>>>;

/** Receives messages. */
export interface HubSubscriber {
  /** Kept by the {@linkcode Hub} alone. */
  readonly subscriptions: SubscriptionSets;
  /**
   * Takes one message; must not throw. It may unsubscribe while it is called.
   *
   * @returns Whether it took the message.
   */
  deliver(message: BrokerMessage): boolean;
}

type Subscribers = Set<HubSubscriber>;

/** Those who get a message by one name, and the words that it comes with. */
interface Route {
  readonly subscribers: Subscribers;
  readonly fields: readonly string[];
}

/** Microseconds that one delivery takes, roughly. */
const DELIVERY = 0.5;

/** Nothing subscribed to yet. */
export function noSubscriptions(): SubscriptionSets {
  return { channel: new Set(), pattern: new Set(), shard: new Set() };
}

/** Connects those who publish with those who are subscribed. */
export class Hub {
  readonly #subscribers: Record<Kind, Map<string, Subscribers>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  readonly #searches = new Set<PatternSearch>();
  /** Bytes of all patterns, and how many are subscribed to them: what a message may cost. */
  #patternBytes = 0;
  #patternSubscriptions = 0;

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
    if (kind === "pattern") {
      this.#patternSubscriptions++;
      if (others === undefined) this.#added(name);
    }
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
    if (kind === "pattern") {
      this.#patternSubscriptions--;
      if (rest.size === 0) this.#patternBytes -= name.length;
    }
    return true;
  }

  /** Microseconds that a message of a channel takes at most, roughly. */
  costOf(channel: string): number {
    const direct = this.#subscribers.channel.get(channel)?.size ?? 0;
    return (direct + this.#patternSubscriptions) * DELIVERY +
      matchingCost(this.#patternBytes, channel.length);
  }

  /** As {@linkcode costOf}, of a shard channel. */
  costOfShard(channel: string): number {
    return this.count("shard", channel) * DELIVERY;
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
    const shared = new SharedBytes(payload);
    let receivers = 0;
    const direct = this.#subscribers.channel.get(channel);
    if (direct !== undefined) {
      receivers += deliver(direct, ["message", channel], shared);
    }
    for (const [pattern, subscribers] of this.#subscribers.pattern) {
      if (!globMatches(pattern, channel)) continue;
      receivers += deliver(
        subscribers,
        ["pmessage", pattern, channel],
        shared,
      );
    }
    return receivers;
  }

  /** As {@linkcode publish}, to the subscribers of a shard channel. */
  publishToShard(channel: string, payload: Uint8Array): number {
    const subscribers = this.#subscribers.shard.get(channel);
    if (subscribers === undefined) return 0;
    return deliver(
      subscribers,
      ["smessage", channel],
      new SharedBytes(payload),
    );
  }

  /** Begins to look for the patterns that match a channel. {@linkcode PatternSearch.end} is to follow. */
  search(channel: string): PatternSearch {
    const search = new PatternSearch(
      this.#subscribers.pattern.keys(),
      channel,
      () => this.#searches.delete(search),
    );
    this.#searches.add(search);
    return search;
  }

  /**
   * As {@linkcode publish}, in slices; there must be no new subscriptions until
   * it is done.
   *
   * @param patterns Those that match the channel.
   */
  publishInSlices(
    channel: string,
    payload: Uint8Array,
    patterns: Iterable<string>,
    pace: Pace,
  ): Generator<void, number> {
    const { channel: channels, pattern: all } = this.#subscribers;
    const routes = [route(channels.get(channel), "message", channel)];
    for (const pattern of patterns) {
      routes.push(route(all.get(pattern), "pmessage", pattern, channel));
    }
    return deliverInSlices(routes, payload, pace);
  }

  /** As {@linkcode publishToShard}, in slices. */
  publishToShardInSlices(
    channel: string,
    payload: Uint8Array,
    pace: Pace,
  ): Generator<void, number> {
    const subscribers = this.#subscribers.shard.get(channel);
    const routes = [route(subscribers, "smessage", channel)];
    return deliverInSlices(routes, payload, pace);
  }

  /** How many are subscribed to one name. */
  count(kind: Kind, name: string): number {
    return this.#subscribers[kind].get(name)?.size ?? 0;
  }

  /** How many names have a subscriber. */
  size(kind: Kind): number {
    return this.#subscribers[kind].size;
  }

  /** The names that have a subscriber, those included that get one meanwhile. */
  names(kind: Kind): Iterable<string> {
    return this.#subscribers[kind].keys();
  }

  #added(pattern: string): void {
    this.#patternBytes += pattern.length;
    for (const search of this.#searches) search.add(pattern);
  }
}

function deliver(
  subscribers: Subscribers,
  fields: readonly string[],
  payload: SharedBytes,
): number {
  const message = new BrokerMessage(fields, payload);
  let receivers = 0;
  for (const subscriber of subscribers) {
    if (subscriber.deliver(message)) receivers++;
  }
  return receivers;
}

function route(
  subscribers: Subscribers = new Set(),
  ...fields: readonly string[]
): Route {
  return { subscribers, fields };
}

function* deliverInSlices(
  routes: readonly Route[],
  payload: Uint8Array,
  pace: Pace,
): Generator<void, number> {
  const shared = new SharedBytes(payload);
  let receivers = 0;
  for (const { subscribers, fields } of routes) {
    const message = new BrokerMessage(fields, shared);
    for (const subscriber of subscribers) {
      if (subscriber.deliver(message)) receivers++;
      pace.charge(DELIVERY);
      if (pace.spent) yield;
    }
  }
  return receivers;
}
