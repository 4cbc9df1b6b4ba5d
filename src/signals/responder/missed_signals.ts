/**
 * Tells of missed signals as soon as they can't be redelivered any more.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { GapDetail } from "../events.ts";

/** Milliseconds after which a signal that was passed over is not redelivered any more. */
const REDELIVERY = 1_000;

/** Tells of the missed signals of each publisher. */
export class MissedSignals {
  readonly #target: EventTarget;
  readonly #take: (publisherId: string) => number;
  readonly #timers = new Map<string, Timer>();

  /**
   * @param target Dispatches `gap`.
   * @param take Takes the number of signals of a publisher that are missed.
   */
  constructor(target: EventTarget, take: (publisherId: string) => number) {
    this.#target = target;
    this.#take = take;
  }

  /** Tells of the missed signals of this publisher, unless they are redelivered first. */
  tellLater(publisherId: string): void {
    if (this.#timers.has(publisherId)) return;
    const tell = () => {
      this.#timers.delete(publisherId);
      const missed = this.#take(publisherId);
      if (missed === 0) return;
      const detail: GapDetail = { downtime: 0, missed, publisherId };
      emit(this.#target, "gap", detail);
    };
    this.#timers.set(publisherId, after(REDELIVERY, tell));
  }

  /** Tells no more. */
  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
