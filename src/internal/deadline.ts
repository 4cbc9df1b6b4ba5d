/**
 * Deadlines for many waits at a time: setting and cancelling one costs a place
 * in a set, where a timer of the platform each would cost more than a publish.
 *
 * @module
 */
import { after, afterReads, type Timer } from "./timer.ts";

/** Beyond, a timer of its own is as good. */
const LONGEST = 2 ** 30;

/** The deadlines that end within the same millisecond, by that moment. */
const moments = new Map<number, Set<Deadline>>();
/** The moment at which the timer fires, if any. */
let next = Infinity;
let timer: Timer | undefined;

/**
 * Calls back after so many milliseconds, rounded up, once what had arrived by
 * then has been read.
 *
 * @param ms Milliseconds; never for `Infinity`.
 * @param callback What to call.
 */
export function deadline(ms: number, callback: () => void): Timer {
  return ms > LONGEST ? afterReads(ms, callback) : new Deadline(ms, callback);
}

class Deadline implements Timer {
  readonly #moment: number;
  readonly #callback: () => void;

  constructor(ms: number, callback: () => void) {
    this.#moment = Math.ceil(performance.now() + ms);
    this.#callback = callback;
    const same = moments.get(this.#moment);
    if (same === undefined) moments.set(this.#moment, new Set([this]));
    else same.add(this);
    if (this.#moment < next) wakeAt(this.#moment);
  }

  cancel(): void {
    if (this.#forget() && moments.size === 0) rest();
  }

  ring(): void {
    if (this.#forget()) this.#callback();
  }

  #forget(): boolean {
    const same = moments.get(this.#moment);
    if (!same?.delete(this)) return false;
    if (same.size === 0) moments.delete(this.#moment);
    return true;
  }
}

function wakeAt(moment: number): void {
  timer?.cancel();
  next = moment;
  const ms = Math.max(0, moment - performance.now());
  // A loop that was blocked runs timers before reads: what has arrived goes first.
  timer = after(ms, () => timer = after(0, ring));
}

function ring(): void {
  const now = performance.now();
  const due: Deadline[] = [];
  let earliest = Infinity;
  for (const [moment, deadlines] of moments) {
    if (moment <= now) due.push(...deadlines);
    else earliest = Math.min(earliest, moment);
  }
  next = Infinity;
  if (earliest < Infinity) wakeAt(earliest);
  for (const each of due) each.ring();
}

function rest(): void {
  timer?.cancel();
  next = Infinity;
}
