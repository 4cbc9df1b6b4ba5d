/**
 * Timers that take any span and cost a place in a queue: all of them share
 * those few of the platform that are due first.
 *
 * The platform's are those of `AbortSignal.timeout`. `setTimeout` would bring
 * all of Node's timers along: 5 ms and 3 MiB at its first use.
 *
 * @module
 */
import { Heap, type HeapItem } from "./heap.ts";

const LONGEST = 2 ** 31 - 1;

/** A timer that was set. */
export interface Timer {
  /** Keeps the timer from firing; no effect where it has nothing left to do. */
  cancel(): void;
}

/** A timer that rings again and again. */
export interface Interval extends Timer {
  /** Begins anew, cancelled or not. */
  restart(): void;
}

/** What is waited for. */
const waiting = new Heap<Wait>();
/** Timers of the platform that have not fired, the one that is due first at the end. */
const alarms: Alarm[] = [];
/** The one that is listened to; without one, nothing keeps the program alive. */
let listenedTo: Alarm | undefined;
/** Until when what has arrived has been read when the queue rings. */
let readBy = -Infinity;
/** How many timers were set so far. */
let count = 0;

/**
 * Calls back after so many milliseconds, rounded up, once what had arrived by
 * then has been read: an event loop that was blocked runs timers before reads.
 *
 * @param ms Milliseconds; never for `Infinity`.
 * @param callback What to call.
 */
export function after(ms: number, callback: () => void): Timer {
  return new Wait(callback).set(dueIn(ms));
}

/**
 * As {@linkcode after}, up to a sixteenth of the span earlier, together with
 * others of that span: a process that keeps an eye on a thousand connections is
 * woken up a few times for all of them.
 */
export function afterAbout(ms: number, callback: () => void): Timer {
  const slack = Math.max(1, Math.floor(ms / 16));
  const due = performance.now() + ms;
  return new Wait(callback).set(
    ms === Infinity ? due : Math.floor(due / slack) * slack,
  );
}

/** As {@linkcode after}, but after all else that is due by then, and what that has set off. */
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

/** When a span is over that begins now. */
function dueIn(ms: number): number {
  return Math.ceil(performance.now() + ms);
}

/** One object for a timer's whole life: each publish sets two. */
class Wait implements Interval, HeapItem {
  place = -1;
  due = 0;
  order = 0;
  readonly #callback: () => void;
  #isSet = false;
  #yields: boolean;
  readonly #interval: number | undefined;

  /**
   * @param yields Lets all else ring that is due, and what that sets off, before it calls back.
   * @param interval Milliseconds after which it rings again.
   */
  constructor(callback: () => void, yields = false, interval?: number) {
    this.#callback = callback;
    this.#yields = yields;
    this.#interval = interval;
  }

  /** Rings then; never for `Infinity`. */
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

  /** Calls back, unless it was cancelled. */
  ring(): void {
    // One that rang before it may have cancelled it, or have set it anew.
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
      reportError(error); // uncaught, and nothing to those that ring after it
    }
  }
}

/** A timer of the platform. */
interface Alarm {
  /** When it fires. */
  readonly due: number;
  readonly signal: AbortSignal;
  readonly fired: () => void;
}

/** Makes sure that a timer of the platform fires by then, and is listened to. */
function wakeBy(due: number): void {
  // One that nobody listened to has fired unnoticed.
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

/** A timer has fired: the turn after this one comes after the reads. */
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
