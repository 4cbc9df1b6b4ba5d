/**
 * Timers of any span. A timer costs one place in a queue, because all timers
 * share the few timers of the platform that are due first.
 *
 * A timer of the platform is an `AbortSignal.timeout`. `setTimeout` would load
 * all of Node's timers: 5 ms and 3 MiB at its first use (bench f).
 *
 * @module
 */
import { Heap, type HeapItem } from "./heap.ts";

const LONGEST = 2 ** 31 - 1;

/** A timer that was set. */
export interface Timer {
  /** Keeps the timer from firing. Idempotent. */
  cancel(): void;
}

/** A timer that fires again and again. */
export interface Interval extends Timer {
  /** Begins the interval anew, also after `cancel`. */
  restart(): void;
}

/** The timers that are set. */
const waiting = new Heap<Wait>();
/** The timers of the platform that have not fired; the one that is due first is at the end. */
const alarms: Alarm[] = [];
/** The platform's timer that is listened to. Only that one keeps the program alive. */
let listenedTo: Alarm | undefined;
/** When the queue fires: the time until which all bytes that have arrived are read. */
let readBy = -Infinity;
/** The number of timers that were set so far. */
let count = 0;

/**
 * Calls back after so many milliseconds, rounded up. Bytes that have arrived by
 * then are read first, because a blocked event loop runs timers before reads.
 *
 * @param ms Milliseconds; `Infinity`: never.
 * @param callback The function to call.
 */
export function after(ms: number, callback: () => void): Timer {
  return new Wait(callback).set(dueIn(ms));
}

/**
 * As {@linkcode after}, but up to a sixteenth of the span earlier, together with
 * other timers of that span: a process with a thousand connections wakes up a
 * few times for all of them (bench g).
 */
export function afterAbout(ms: number, callback: () => void): Timer {
  const slack = Math.max(1, Math.floor(ms / 16));
  const due = performance.now() + ms;
  return new Wait(callback).set(
    ms === Infinity ? due : Math.floor(due / slack) * slack,
  );
}

/** As {@linkcode after}, but after all other timers that are due by then, and after what they set off. */
export function afterDueTimers(ms: number, callback: () => void): Timer {
  return new Wait(callback, true).set(dueIn(ms));
}

/** Calls back every so many milliseconds. */
export function every(ms: number, callback: () => void): Interval {
  return new Wait(callback, false, ms).set(dueIn(ms));
}

/**
 * Waits.
 *
 * @param ms Milliseconds.
 * @param signal Ends the wait early.
 * @throws The signal's reason, if it aborts.
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      timer.cancel();
      reject(signal!.reason);
    };
    const timer = after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The time when a span that begins now is over. */
function dueIn(ms: number): number {
  return Math.ceil(performance.now() + ms);
}

/** A timer: one object in all, because each publish sets two timers (bench d). */
class Wait implements Interval, HeapItem {
  place = -1;
  due = 0;
  order = 0;
  readonly #callback: () => void;
  #isSet = false;
  #yields: boolean;
  readonly #interval: number | undefined;

  /**
   * @param yields Fires after all other timers that are due, and after what they set off.
   * @param interval Milliseconds after which the timer fires again.
   */
  constructor(callback: () => void, yields = false, interval?: number) {
    this.#callback = callback;
    this.#yields = yields;
    this.#interval = interval;
  }

  /** Sets the timer to this time; `Infinity`: never. */
  set(due: number): this {
    this.#isSet = true;
    this.due = due;
    this.order = ++count;
    if (due === Infinity) return this;
    waiting.add(this);
    if (this.place === 0 || listenedTo === undefined) wakeBy(due);
    return this;
  }

  restart(): void {
    waiting.remove(this);
    this.set(dueIn(this.#interval ?? Infinity));
  }

  cancel(): void {
    this.#isSet = false;
    waiting.remove(this);
    if (waiting.size === 0) listenTo(undefined);
  }

  /** Calls back, unless the timer was cancelled. */
  ring(): void {
    // A timer that fired before this one may have cancelled it, or set it anew.
    if (!this.#isSet || this.place !== -1) return;
    if (this.#yields) {
      this.#yields = false;
      this.set(dueIn(0));
      return;
    }
    if (this.#interval !== undefined) this.set(dueIn(this.#interval));
    try {
      this.#callback();
    } catch (error) {
      reportError(error); // the timers behind this one must still fire
    }
  }
}

/** A timer of the platform. */
interface Alarm {
  /** When the timer fires. */
  readonly due: number;
  readonly signal: AbortSignal;
  readonly fired: () => void;
}

/** Makes sure that a timer of the platform fires by this time, and is listened to. */
function wakeBy(due: number): void {
  // A timer that was not listened to has fired unnoticed.
  while (alarms.at(-1)?.signal.aborted) alarms.pop();
  const next = alarms.at(-1);
  if (next === undefined || next.due > due) setAlarm(due, readFirst);
  else listenTo(next);
}

function setAlarm(due: number, fired: () => void): void {
  const now = performance.now();
  const ms = Math.ceil(Math.min(Math.max(0, due - now), LONGEST));
  const signal = AbortSignal.timeout(ms);
  const alarm = { due: Math.min(due, now + LONGEST), signal, fired };
  alarms.push(alarm);
  listenTo(alarm);
}

function listenTo(alarm: Alarm | undefined): void {
  if (alarm === listenedTo) return;
  listenedTo?.signal.removeEventListener("abort", listenedTo.fired);
  listenedTo = alarm;
  alarm?.signal.addEventListener("abort", alarm.fired);
}

/** A timer of the platform has fired: sets another one, because the next turn of the event loop comes after the reads. */
function readFirst(): void {
  alarms.pop();
  readBy = performance.now();
  setAlarm(readBy, ring);
}

function ring(): void {
  alarms.pop();
  listenTo(undefined);
  const due: Wait[] = [];
  let next = waiting.peek();
  for (; next !== undefined && next.due <= readBy; next = waiting.peek()) {
    waiting.remove(next);
    due.push(next);
  }
  if (next !== undefined) wakeBy(next.due);
  for (const wait of due) wait.ring();
}
