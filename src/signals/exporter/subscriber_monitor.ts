/**
 * Looks for the subscribers whose responses are waited for, as long as any are:
 * no publish waits for a subscriber that is gone, or for a server that has been
 * replaced.
 *
 * @module
 */
import type { Intervals } from "../../internal/intervals.ts";
import type { Logger } from "../../internal/logger.ts";
import { every, type Interval } from "../../internal/timer.ts";
import { Liveness } from "../liveness.ts";
import type { InFlight } from "./in_flight.ts";
import type { PeerInboxes } from "./inbox/peer_inboxes.ts";
import type { ResponseMatcher } from "./response_matcher.ts";
import type { Incarnation, Roster } from "./roster.ts";

/** From so many subscribers on, a look costs enough to wait for responses that are coming in anyway. */
const MANY = 100;
/** Looks that are left out at most, one after the other. */
const MAX_SKIPPED = 2;
/** How many looks at the subscribers go between looks at the server. */
export const SERVER_EVERY = 5;

/** The dependencies of {@linkcode SubscriberMonitor}. */
export interface SubscriberMonitorOptions {
  inFlight: InFlight;
  roster: Roster;
  inboxes: PeerInboxes;
  responses: ResponseMatcher;
  logger: Logger;
  intervals: Intervals;
  /** Whether the server may be asked how many subscribers an inbox has. */
  counts: boolean;
  /** Called when a process is gone without a word. */
  lost(process: Incarnation): void;
}

/** Runs while publishes wait for responses. */
export class SubscriberMonitor {
  readonly #options: SubscriberMonitorOptions;
  readonly #liveness: Liveness<Incarnation>;
  #rounds = 0;
  #acks = 0;
  #skipped = 0;
  /** One for all publishes that follow each other: most have settled before it rings. */
  #timer: Interval | undefined;
  #isOn = false;

  constructor(options: SubscriberMonitorOptions) {
    this.#options = options;
    const { inboxes, logger, intervals, counts } = options;
    this.#liveness = new Liveness({
      count: async (processes) =>
        counts ? await inboxes.count(processes) : undefined,
      ask: (process) => inboxes.ping(process),
      verify: () => inboxes.verify(),
      lost: (process) => options.lost(process),
      intervals,
      logger,
    });
  }

  /** Looks after the subscribers until {@linkcode end}. */
  begin(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    const { subscriberCount } = this.#options.intervals;
    if (this.#timer !== undefined) this.#timer.restart();
    else this.#timer = every(subscriberCount, this.#look);
    this.#acks = this.#options.responses.acks;
    if (!this.#liveness.missesAny) return;
    // A subscriber that was missing last time is looked for at once.
    const watched = this.#watched();
    if (watched.some((process) => this.#liveness.misses(process))) {
      this.#liveness.check(watched);
    }
  }

  /** No response is waited for any more. */
  end(): void {
    this.#timer?.cancel();
    this.#isOn = false;
    this.#liveness.rest();
  }

  /** Notes a sign of life of a process. */
  heard(process: Incarnation): void {
    this.#liveness.heard(process);
  }

  /** Counts a process that is known to live, so that a later count of 0 means something. */
  meet(process: Incarnation): void {
    this.#liveness.meet(process);
  }

  /** Forgets a process. */
  forget(process: Incarnation): void {
    this.#liveness.forget(process);
  }

  /** Takes every question back, because the link that brings the answers went down. */
  disturb(): void {
    this.#liveness.disturb();
  }

  readonly #look = (): void => {
    const watched = this.#watched();
    this.#skipped = this.#isPouring(watched.length) ? this.#skipped + 1 : 0;
    if (this.#skipped === 0) this.#liveness.check(watched);
    if (++this.#rounds % SERVER_EVERY === 0) {
      void this.#options.inboxes.verify();
    }
  };

  /** Whether responses come in by the hundred: most of those that are missing are just not done yet. */
  #isPouring(watched: number): boolean {
    const { acks } = this.#options.responses;
    const came = acks - this.#acks;
    this.#acks = acks;
    return watched >= MANY && came >= MANY && this.#skipped < MAX_SKIPPED;
  }

  /** The processes that owe a response and hold an inbox. */
  #watched(): Incarnation[] {
    const { inFlight, roster } = this.#options;
    const watched = new Set<Incarnation>();
    for (const { owed } of inFlight.publishes) {
      for (const responderId of owed) {
        for (const process of roster.get(responderId)?.incarnations ?? []) {
          if (process.alive) watched.add(process);
        }
      }
    }
    return [...watched];
  }
}
