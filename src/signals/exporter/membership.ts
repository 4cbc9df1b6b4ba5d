/**
 * Which responders join and leave an exporter's roster, and why.
 *
 * A responder id stays on the roster as long as one of its processes is there.
 * Each process has an incarnation, so the goodbye of an old process never takes
 * off a new one of the same id.
 *
 * @module
 */
import { dropOldest } from "../../internal/drop_oldest.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { ResponseExtension } from "../../protocol/extension/extension.ts";
import type { UnsubscribeDetail } from "../events.ts";
import type { InFlight } from "./in_flight.ts";
import type { Process } from "./inbox/peer_inboxes.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";
import {
  type Incarnation,
  orderKeyOf,
  type Roster,
  Subscriber,
} from "./roster.ts";

/** Processes that have left and are remembered, so that none of them joins again. */
const MAX_LEFT = 10_000;

/** Reasons for a missing acknowledgement that are no silence of the subscriber. */
const NO_MISS: ReadonlySet<MissingReason> = new Set<MissingReason>([
  "disconnected",
  "unneeded",
  "uncertain",
  "unsent",
]);

/** The dependencies of {@linkcode Membership}. */
export interface MembershipOptions {
  /** Dispatches `subscribe`, `unsubscribe` and `id-conflict`. */
  target: EventTarget;
  roster: Roster;
  inFlight: InFlight;
  /** After how many publishes in a row that it missed a subscriber is evicted. */
  evictAfterMisses: number;
  /** Whether a subscriber that is lost is evicted. */
  evictsLost: boolean;
  /** Whether a responder id has ever said that it names signals, which stays so. */
  namesSignals(responderId: string): boolean;
  /** Asks a process to say that it is there. */
  ping(process: Process): void;
  /** Called when a process is there that holds an inbox. */
  meet(process: Incarnation): void;
  /** Called when a process has given a sign of life. */
  heard(process: Incarnation): void;
  /** Called when a process is not looked for any more. */
  forget(process: Incarnation): void;
}

/** Keeps the roster up to date. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #left = new Set<string>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Takes a responder for a subscriber before it has said so. */
  expect(responderId: string): void {
    const { roster, namesSignals } = this.#options;
    if (roster.get(responderId) !== undefined) return;
    this.#add(responderId).namesSignals = namesSignals(responderId);
    roster.changed();
  }

  /** Notes an answer to `initialization`. */
  join(responderId: string, extension?: ResponseExtension): void {
    const { roster } = this.#options;
    if (extension !== undefined && this.#hasLeft(responderId, extension)) {
      return;
    }
    const subscriber = roster.get(responderId) ?? this.#add(responderId);
    if (extension !== undefined) this.#learn(subscriber, extension);
    roster.seen(responderId);
  }

  /**
   * Notes that a responder's link was lost and is back.
   *
   * @returns Whether it is a subscriber: it missed what was sent meanwhile.
   */
  returned(responderId: string, extension: ResponseExtension): boolean {
    const { roster } = this.#options;
    const subscriber = roster.get(responderId);
    if (subscriber === undefined) return false;
    if (this.#hasLeft(responderId, extension)) return false;
    this.#learn(subscriber, extension);
    return true;
  }

  /** Notes a sign of life of a process of this module, which names signals. */
  heard(responderId: string, inc: string | undefined): void {
    const { roster, target } = this.#options;
    const subscriber = roster.get(responderId);
    if (subscriber === undefined) return;
    // An expected one may answer without ever having joined.
    if (!subscriber.namesSignals) {
      subscriber.namesSignals = true;
      roster.changed();
    }
    const process = subscriber.incarnation(inc);
    if (process === undefined) return;
    this.#options.heard(process);
    if (process === subscriber.current) {
      if (roster.isAwaited) roster.seen(responderId);
    } else if (!subscriber.isReported) {
      subscriber.isReported = true;
      emit(target, "id-conflict", {
        responderId,
        incarnations: subscriber.incarnations.map((each) => each.inc),
      });
    }
  }

  /** Notes that a process of a subscriber has closed. */
  leave(responderId: string, inc: string | undefined): void {
    const subscriber = this.#options.roster.get(responderId);
    if (inc !== undefined) {
      this.#left.add(orderKeyOf(responderId, inc));
      dropOldest(this.#left, MAX_LEFT);
    }
    if (subscriber === undefined) return;
    const { incarnations } = subscriber;
    if (inc === undefined) this.#remove(responderId, "left");
    else if (incarnations.some((each) => each.inc !== inc)) {
      this.#drop(subscriber, inc, "left");
    } else if (incarnations.length > 0) this.#remove(responderId, "left");
    // No process has joined: the expected one may be another than the one that leaves.
  }

  /** Notes that a process of a subscriber is gone without a word. */
  lost({ responderId, inc }: Process): void {
    const { roster, evictsLost } = this.#options;
    const subscriber = roster.get(responderId);
    if (subscriber === undefined) return;
    if (subscriber.incarnations.length > 1) {
      this.#drop(subscriber, inc, "lost");
    } else if (subscriber.current?.inc === inc) {
      if (evictsLost) this.#remove(responderId, "lost");
      else this.#options.inFlight.giveUp(responderId, "lost");
    }
  }

  /** Takes a subscriber off because the user asks for it; `false` where it was not there. */
  remove(responderId: string): boolean {
    return this.#remove(responderId, "removed");
  }

  /** Takes every subscriber off. */
  clear(): void {
    const { roster } = this.#options;
    for (const responderId of roster.ids) this.#forget(responderId);
    roster.clear();
  }

  /** Whether a subscriber is ever evicted for what it missed. */
  get evictsSilent(): boolean {
    return this.#options.evictAfterMisses < Infinity;
  }

  /** Evicts the subscribers that have missed too much. */
  evict({ acks, missing }: PublishResult): void {
    const { roster, evictAfterMisses } = this.#options;
    for (const responderId of acks.keys()) {
      const subscriber = roster.get(responderId);
      if (subscriber !== undefined) subscriber.misses = 0;
    }
    for (const [responderId, reason] of missing) {
      const subscriber = roster.get(responderId);
      if (subscriber === undefined || NO_MISS.has(reason)) continue;
      if (++subscriber.misses >= evictAfterMisses) {
        this.#remove(responderId, "evicted");
      }
    }
  }

  #add(responderId: string): Subscriber {
    const { roster, target } = this.#options;
    const subscriber = new Subscriber(responderId);
    roster.add(subscriber);
    emit(target, "subscribe", { responderId, name: subscriber.name });
    return subscriber;
  }

  /** Takes what a process says of itself. */
  #learn(subscriber: Subscriber, extension: ResponseExtension): void {
    const { roster, meet, ping } = this.#options;
    const isNew = subscriber.join(extension);
    roster.changed();
    if (!isNew) return;
    // The other processes are asked whether they are still there.
    for (const process of subscriber.incarnations) {
      if (process.inc !== extension.inc) ping(process);
      else if (process.alive) meet(process);
    }
  }

  #hasLeft(responderId: string, { inc }: ResponseExtension): boolean {
    return inc !== undefined && this.#left.has(orderKeyOf(responderId, inc));
  }

  /** Drops one of several processes: publishes wait no more that only it could acknowledge. */
  #drop(subscriber: Subscriber, inc: string, reason: "left" | "lost"): void {
    const { roster, inFlight, forget } = this.#options;
    const { responderId } = subscriber;
    const process = subscriber.incarnation(inc);
    if (reason === "lost") subscriber.lose(inc);
    else subscriber.drop(inc);
    roster.changed();
    if (process !== undefined) forget(process);
    const newest = subscriber.current?.order ?? 0;
    for (const publish of inFlight.publishes) {
      const owing = publish.owing(responderId);
      if (owing?.current?.inc === inc && newest <= owing.order) {
        publish.giveUp(responderId, reason);
      }
    }
  }

  #remove(responderId: string, reason: UnsubscribeDetail["reason"]): boolean {
    const { roster, inFlight, target } = this.#options;
    this.#forget(responderId);
    const wasThere = roster.remove(responderId);
    // After the removal, because a publish that gets its turn now must not wait for this subscriber.
    inFlight.giveUp(responderId, reason === "evicted" ? "removed" : reason);
    if (wasThere) emit(target, "unsubscribe", { responderId, reason });
    return wasThere;
  }

  #forget(responderId: string): void {
    const { roster, forget } = this.#options;
    roster.get(responderId)?.incarnations.forEach((process) => forget(process));
  }
}
