/**
 * The subscribers of one exporter, what is known of each, and the waits for
 * them.
 *
 * @module
 */
import { dropOldest } from "../../internal/drop_oldest.ts";
import { after } from "../../internal/timer.ts";
import type { ResponseExtension } from "../../protocol/extension/extension.ts";
import { peerName } from "../../protocol/peer_name.ts";
import { mayHaveInbox } from "../../protocol/extension/own_channels.ts";

/** Processes of one id that are remembered though they are lost. */
const MAX_AWAY = 8;

/** One process that has joined under a responder id. */
export interface Incarnation {
  readonly responderId: string;
  readonly inc: string;
  /** Rises from one process of the id to the next, in the order in which they joined. */
  order: number;
  /** Whether it holds an inbox: it can be found missing, and can be reached alone. */
  alive: boolean;
}

/** What an exporter knows of one subscriber. */
export class Subscriber {
  readonly responderId: string;
  /** The responder's name, as its id tells. */
  readonly name: string;
  /** Whether it names the signals that it answers; a peer of 1.0.1 names events alone. */
  namesSignals = false;
  /** How many publishes in a row it has not answered. */
  misses = 0;
  /** Whether a conflict of its processes was reported. */
  isReported = false;
  /** The processes that have joined and not left; responses of the last one count. */
  readonly #incarnations: Incarnation[] = [];
  /** The place in the order of processes that were taken for lost, and may be back. */
  readonly #away = new Map<string, number>();
  #order = 0;

  constructor(responderId: string) {
    this.responderId = responderId;
    this.name = peerName(responderId);
  }

  /** The process whose responses count; peers of 1.0.1 have none. */
  get current(): Incarnation | undefined {
    return this.#incarnations.at(-1);
  }

  /** Every process that has joined and not left, the current one last. */
  get incarnations(): readonly Incarnation[] {
    return this.#incarnations;
  }

  /** A process that has joined and not left. */
  incarnation(inc: string | undefined): Incarnation | undefined {
    const { current } = this;
    return current?.inc === inc
      ? current
      : this.#incarnations.find((each) => each.inc === inc);
  }

  /** Takes what it says of itself; returns whether it is a process that was not there. */
  join({ inc, alive: holdsInbox }: ResponseExtension): boolean {
    const { responderId } = this;
    const alive = holdsInbox === true && mayHaveInbox(responderId);
    this.namesSignals = true;
    const known = this.incarnation(inc);
    if (known !== undefined) known.alive = alive;
    if (known !== undefined || inc === undefined) return false;
    const order = this.#away.get(inc) ?? ++this.#order;
    this.#away.delete(inc);
    this.#incarnations.push({ responderId, inc, order, alive });
    // One that is back does not replace those that joined while it was away.
    this.#incarnations.sort((one, other) => one.order - other.order);
    this.isReported = false;
    return true;
  }

  /** Drops a process that has left. */
  drop(inc: string): void {
    const at = this.#incarnations.findIndex((each) => each.inc === inc);
    if (at >= 0) this.#incarnations.splice(at, 1);
  }

  /** Drops a process that is lost; if it comes back, it has the place that it had. */
  lose(inc: string): void {
    const order = this.incarnation(inc)?.order;
    if (order === undefined) return;
    this.drop(inc);
    this.#away.set(inc, order);
    dropOldest(this.#away, MAX_AWAY);
  }

  /** Makes one of its processes the current one; `false` where it is so already, or gone. */
  prefer(inc: string): boolean {
    const chosen = this.incarnation(inc);
    if (chosen === undefined || chosen === this.current) return false;
    this.drop(inc);
    chosen.order = ++this.#order;
    this.#incarnations.push(chosen);
    return true;
  }
}

/** What a publish needs to know of a subscriber that owes it a response. */
export interface Owing {
  readonly subscriber: Subscriber;
  /** Whether its response must name the signal. */
  readonly namesSignals: boolean;
  /** The process whose response counts, as one that joins later does; `undefined`: any. */
  readonly current: Incarnation | undefined;
  /** The order of that process when the signal was sent. */
  readonly order: number;
  /** Names, in the exporter's log, the peer that answers in the order of the channel. */
  readonly orderKey: string;
}

/** Names a process that answers in the order of the channel. */
export function orderKeyOf(
  responderId: string,
  inc: string | undefined,
): string {
  return inc === undefined ? responderId : `${responderId} ${inc}`;
}

/** The subscribers at one moment. */
export interface RosterSnapshot {
  /** What each of them owes that is published now: a map that never changes. */
  readonly owing: ReadonlyMap<string, Owing>;
  /** How many of them name no signals. */
  readonly unnamed: number;
}

/** What bounds a wait. */
export interface Bounds {
  /** Milliseconds; `Infinity`: without end. */
  readonly timeout: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Keeps the subscribers of one exporter. */
export class Roster {
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #ids = new Set<string>();
  readonly #waits = new Set<RosterWait>();
  readonly #correlates: boolean;
  #snapshot: RosterSnapshot | undefined;

  /** @param correlates Whether signals carry tickets where a subscriber names them. */
  constructor(correlates: boolean) {
    this.#correlates = correlates;
  }

  /** The ids of the subscribers, as they are at any time. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** The subscribers as they are now: one object until they change, then another one. */
  get snapshot(): RosterSnapshot {
    if (this.#snapshot !== undefined) return this.#snapshot;
    const owing = new Map<string, Owing>();
    let unnamed = 0;
    for (const [id, subscriber] of this.#subscribers) {
      const namesSignals = this.#correlates && subscriber.namesSignals;
      if (!namesSignals) unnamed++;
      const { current } = subscriber;
      const order = current?.order ?? 0;
      const orderKey = namesSignals ? id : orderKeyOf(id, current?.inc);
      owing.set(id, { subscriber, namesSignals, current, order, orderKey });
    }
    return this.#snapshot = { owing, unnamed };
  }

  /** Whether a peer of the exporter's log is a subscriber. */
  hasOrderKey(key: string): boolean {
    return this.#ids.has(key) || this.#ids.has(key.replace(/ [^ ]*$/, ""));
  }

  /** What is known of a subscriber. */
  get(responderId: string): Subscriber | undefined {
    return this.#subscribers.get(responderId);
  }

  /** Adds a subscriber that is not there yet. */
  add(subscriber: Subscriber): void {
    this.#subscribers.set(subscriber.responderId, subscriber);
    this.#ids.add(subscriber.responderId);
    this.changed();
  }

  /** Takes a subscriber off; `false` where it was not there. */
  remove(responderId: string): boolean {
    this.#ids.delete(responderId);
    this.changed();
    for (const wait of this.#waits) wait.gone(responderId);
    return this.#subscribers.delete(responderId);
  }

  /** Takes every subscriber off. */
  clear(): void {
    for (const responderId of [...this.#ids]) this.remove(responderId);
  }

  /** Must be called when something about a subscriber has changed. */
  changed(): void {
    this.#snapshot = undefined;
  }

  /** Notes that a subscriber has answered `initialization`, or is proven to be there. */
  seen(responderId: string): void {
    for (const wait of this.#waits) wait.seen(responderId);
  }

  /** Whether anything waits for subscribers. */
  get isAwaited(): boolean {
    return this.#waits.size > 0;
  }

  /** Begins a wait, whose deadline counts from now; it must be given back to {@linkcode leave}. */
  wait(bounds: Bounds): RosterWait {
    const wait = new RosterWait(bounds);
    this.#waits.add(wait);
    return wait;
  }

  /** Ends one wait. */
  leave(wait: RosterWait): void {
    this.#waits.delete(wait);
    wait.release();
  }

  /** Ends every wait with an error. */
  fail(cause: Error): void {
    for (const wait of this.#waits) wait.fail(cause);
  }
}

/** One wait for subscribers: it counts those that were seen since it began. */
export class RosterWait {
  /** Lets go of timer and signal. */
  readonly release: () => void;
  readonly #settled = Promise.withResolvers<boolean>();
  readonly #seen = new Set<string>();
  /** How many are enough; not known before they are asked. */
  #count: number | undefined;

  constructor({ timeout, signal }: Bounds) {
    const timer = after(timeout, () => this.#settled.resolve(false));
    const abort = () => this.fail(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.release = () => {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
    };
  }

  /** Whether there were enough subscribers in time. */
  get result(): Promise<boolean> {
    return this.#settled.promise;
  }

  /**
   * Says why the wait took too long.
   *
   * @param expected Subscribers that had to be there.
   * @param trouble Why the server can't be reached.
   */
  shortfall(expected: readonly string[] = [], trouble?: Error): string {
    if (this.#count === undefined) {
      const why = trouble?.message ?? "the server has not confirmed that";
      return `Could not ask for subscribers in time: ${why}`;
    }
    const missing = expected.filter((id) => !this.#seen.has(id));
    return `Only ${this.#seen.size} of ${this.#count} subscribers joined in time` +
      (missing.length > 0 ? `; missing: ${missing.join(", ")}` : "");
  }

  /** Says how many subscribers are enough. */
  until(count: number): void {
    this.#count = count;
    this.#settleIfEnough();
  }

  /** Notes that a subscriber is there. */
  seen(responderId: string): void {
    this.#seen.add(responderId);
    this.#settleIfEnough();
  }

  /** Notes that a subscriber is not on the roster any more. */
  gone(responderId: string): void {
    this.#seen.delete(responderId);
  }

  /** Ends the wait with an error. */
  fail(cause: unknown): void {
    this.#settled.reject(cause);
  }

  #settleIfEnough(): void {
    if (this.#seen.size >= (this.#count ?? Infinity)) {
      this.#settled.resolve(true);
    }
  }
}
