/**
 * Who joins and leaves an exporter's roster, and why.
 *
 * @module
 */
import { emit } from "../../internal/typed_event_target.ts";
import type { AnswerExtension } from "../../protocol/extension/extension.ts";
import type { Correlation } from "./correlation.ts";
import { Fence } from "./fence.ts";
import type { Liveness } from "../liveness.ts";
import type { Wait } from "./pending_publish.ts";
import type { PublishResult } from "./publish_result.ts";
import type { Publishes } from "./in_flight.ts";
import type { Roster } from "./roster.ts";

/** Milliseconds that peers of 1.0.1 have at most to catch up. */
const FENCE_TIMEOUT = 5_000;

/** What a {@linkcode Membership} keeps up to date. */
export interface MembershipOptions {
  roster: Roster;
  correlation: Correlation;
  publishes: Publishes;
  liveness: Liveness;
  /** After how many publishes in a row that it missed a subscriber is struck off. */
  evictAfterMisses: number;
}

/** Keeps the roster. */
export class Membership {
  readonly #target: EventTarget;
  readonly #options: MembershipOptions;
  readonly #fence = new Fence();

  /** @param target Dispatches `subscribe` and `unsubscribe`. */
  constructor(target: EventTarget, options: MembershipOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Notes that everybody on the roster is asked by `initialization`. */
  ask(): void {
    const { roster } = this.#options;
    for (const id of roster.members) roster.peer(id)!.unanswered++;
  }

  /** Takes a subscriber for there before it has said so. */
  expect(responderId: string): void {
    if (!this.#options.roster.add(responderId)) return;
    emit(this.#target, "subscribe", { responderId });
  }

  /** Notes an answer to `initialization`. */
  join(responderId: string, extension?: AnswerExtension): void {
    const { roster } = this.#options;
    const joined = roster.add(responderId);
    const peer = roster.peer(responderId)!;
    peer.learn(extension);
    if (peer.unanswered > 0) peer.unanswered--;
    this.#fence.answered(responderId);
    if (joined) emit(this.#target, "subscribe", { responderId });
  }

  /**
   * Notes that a responder's link was lost and is back.
   *
   * @returns Whether it is a subscriber: it missed what was sent meanwhile.
   */
  returned(responderId: string, extension: AnswerExtension): boolean {
    const peer = this.#options.roster.peer(responderId);
    peer?.learn(extension);
    return peer !== undefined;
  }

  /** Notes that a subscriber has closed. */
  leave(responderId: string): void {
    this.#remove(responderId, "left");
  }

  /** Takes everybody off. */
  clear(): void {
    const { roster, liveness } = this.#options;
    for (const responderId of roster.members) liveness.forget(responderId);
    roster.clear();
    this.#fence.open();
  }

  /** Whether anybody is ever struck off for what was missed. */
  get judges(): boolean {
    return this.#options.evictAfterMisses < Infinity;
  }

  /** Strikes off who has missed too much. */
  judge({ acks, missing }: PublishResult): void {
    const { roster, evictAfterMisses } = this.#options;
    for (const responderId of acks.keys()) {
      const peer = roster.peer(responderId);
      if (peer !== undefined) peer.misses = 0;
    }
    for (const [responderId, reason] of missing) {
      const peer = roster.peer(responderId);
      if (peer === undefined || reason === "unneeded") continue;
      if (++peer.misses >= evictAfterMisses) {
        this.#remove(responderId, "evicted");
      }
    }
  }

  /**
   * Lets peers of 1.0.1 catch up that may still answer an earlier publish.
   *
   * @param event The event that is to be published again.
   * @param wait What bounds its wait.
   * @param ask Publishes `initialization`.
   * @returns Nothing where there are none.
   */
  catchUp(
    event: string,
    { timeout, signal }: Wait,
    ask: () => void,
  ): Promise<void> | undefined {
    const { roster, correlation } = this.#options;
    const indebted = correlation.indebted(event);
    if (indebted.size === 0) return undefined;
    const awaited = new Map<string, number>();
    for (const id of indebted) {
      awaited.set(id, roster.peer(id)!.unanswered + 1);
    }
    return this.#fence.cross(awaited, {
      ask,
      caughtUp: (id) => correlation.cleared(id, event),
      timeout: Math.min(timeout / 2, FENCE_TIMEOUT),
      signal,
    });
  }

  #remove(responderId: string, reason: "left" | "evicted"): void {
    const { roster, publishes, liveness } = this.#options;
    publishes.giveUp(responderId, "left");
    this.#fence.giveUp(responderId);
    liveness.forget(responderId);
    if (roster.remove(responderId)) {
      emit(this.#target, "unsubscribe", { responderId, reason });
    }
  }
}
