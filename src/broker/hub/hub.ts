/**
 * Which client is subscribed to which name, and which clients get a message.
 * Pure: subscribers are objects that take messages, and names are text of one
 * code unit a byte.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import { BrokerMessage, SharedBytes } from "./message.ts";
import type { Pace } from "../pace.ts";
import { matchingCost, PatternSearch } from "./pattern_search.ts";

/** The three kinds of names that can be subscribed to; each kind is a space of its own. */
export const KINDS = ["channel", "pattern", "shard"] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** The kinds of names that can be published on. Patterns match channels, not shard channels. */
export type ChannelKind = Exclude<Kind, "pattern">;

/** The names that one subscriber is subscribed to. */
export type SubscriptionSets = Readonly<Record<Kind, Set<string>>>;

/** Receives messages. */
export interface HubSubscriber {
  /** Changed by the {@linkcode Hub} alone. */
  readonly subscriptions: SubscriptionSets;
  /**
   * Takes one message; must not throw. It may unsubscribe while it is called.
   *
   * @returns Whether the subscriber took the message.
   */
  deliver(message: BrokerMessage): boolean;
}

type Subscribers = ReadonlySet<HubSubscriber>;

/** Microseconds that one delivery takes, roughly. */
const DELIVERY = 0.5;
/** The word that a message of a channel begins with. */
const WORDS = { channel: "message", shard: "smessage" } as const;
const NO_SUBSCRIBERS: Subscribers = new Set();

/** The subscriptions of a subscriber that has none. */
export function noSubscriptions(): SubscriptionSets {
  return { channel: new Set(), pattern: new Set(), shard: new Set() };
}

/** Connects publishers with subscribers. */
export class Hub {
  readonly #subscribers: Record<Kind, Map<string, Set<HubSubscriber>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  readonly #searches = new Set<PatternSearch>();
  /** Bytes of all patterns, and how many subscriptions they have: what a message may cost. */
  #patternBytes = 0;
  #patternSubscriptions = 0;

  /**
   * Subscribes to one name.
   *
   * @returns Whether the subscription is new.
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
      if (others === undefined) {
        this.#patternBytes += name.length;
        for (const search of this.#searches) search.add(name);
      }
    }
    return true;
  }

  /**
   * Unsubscribes from one name.
   *
   * @returns Whether the name was subscribed to.
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

  /** Microseconds that publishing a message takes at most, roughly. */
  costOf(kind: ChannelKind, channel: string): number {
    const direct = this.count(kind, channel) * DELIVERY;
    if (kind === "shard") return direct;
    return direct + this.#patternSubscriptions * DELIVERY +
      matchingCost(this.#patternBytes, channel.length);
  }

  /**
   * Delivers to the subscribers of a channel, then to those of every pattern
   * that the channel matches.
   *
   * @param payload The message; must not change any more.
   * @returns The number of deliveries; a subscriber by two names counts twice.
   */
  publish(kind: ChannelKind, channel: string, payload: Uint8Array): number {
    const shared = new SharedBytes(payload);
    let receivers = 0;
    const deliver = (subscribers: Subscribers, ...words: string[]) => {
      const message = new BrokerMessage(words, shared);
      for (const subscriber of subscribers) {
        if (subscriber.deliver(message)) receivers++;
      }
    };
    const direct = this.#subscribers[kind].get(channel);
    if (direct !== undefined) deliver(direct, WORDS[kind], channel);
    if (kind === "shard") return receivers;
    for (const [pattern, subscribers] of this.#subscribers.pattern) {
      if (!globMatches(pattern, channel)) continue;
      deliver(subscribers, "pmessage", pattern, channel);
    }
    return receivers;
  }

  /**
   * As {@linkcode publish}, in slices. There must be no new subscriptions until
   * the last slice.
   *
   * @param patterns The patterns that the channel matches.
   */
  *publishInSlices(
    kind: ChannelKind,
    channel: string,
    payload: Uint8Array,
    patterns: Iterable<string>,
    pace: Pace,
  ): Generator<void, number> {
    const { [kind]: direct, pattern: byPattern } = this.#subscribers;
    const routes: [Subscribers | undefined, ...words: string[]][] = [
      [direct.get(channel), WORDS[kind], channel],
    ];
    for (const pattern of patterns) {
      routes.push([byPattern.get(pattern), "pmessage", pattern, channel]);
    }
    const shared = new SharedBytes(payload);
    let receivers = 0;
    for (const [subscribers = NO_SUBSCRIBERS, ...words] of routes) {
      const message = new BrokerMessage(words, shared);
      for (const subscriber of subscribers) {
        if (subscriber.deliver(message)) receivers++;
        pace.charge(DELIVERY);
        if (pace.spent) yield;
      }
    }
    return receivers;
  }

  /** Begins to look for the patterns that a channel matches; the caller must call `end`. */
  search(channel: string): PatternSearch {
    const search = new PatternSearch(
      this.#subscribers.pattern.keys(),
      channel,
      () => this.#searches.delete(search),
    );
    this.#searches.add(search);
    return search;
  }

  /** The number of subscribers of one name. */
  count(kind: Kind, name: string): number {
    return this.#subscribers[kind].get(name)?.size ?? 0;
  }

  /** The number of names that have a subscriber. */
  size(kind: Kind): number {
    return this.#subscribers[kind].size;
  }

  /** The names that have a subscriber: a live view, which names join while it is gone through. */
  names(kind: Kind): Iterable<string> {
    return this.#subscribers[kind].keys();
  }
}
