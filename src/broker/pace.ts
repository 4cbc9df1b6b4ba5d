/**
 * Time shared between clients. All of them are served by one thread, so work is
 * cut into slices: between two slices sockets are looked at, and whoever has
 * little to ask is answered.
 *
 * @module
 */
import { Fifo } from "../internal/fifo.ts";

/** Work that yields where the others are to have their turn. */
export type Work = Generator<void, void, void>;

/** Milliseconds of work until sockets are looked at again. */
const TURN = 6;
/** Milliseconds of a turn for work that had to wait; the rest is for what arrives. */
const QUEUED = 4;
/** Milliseconds that one client works on where others wait. */
const QUANTUM = 1;
/** Estimated microseconds of work between two looks at the clock, which takes a third of one. */
const LOOK = 100;

/**
 * Says when to pause, and lets those who paused go on in their order.
 *
 * A turn ends with a timer. Sockets that are always ready keep the event loop
 * from looking at the other ones, and so does a chain of immediates; a timer
 * makes it look. The timer is set early in the turn and has as a rule fired by
 * itself before the time is up, so it costs no waiting.
 */
export class Pace {
  readonly #waiting = new Fifo<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Estimated microseconds since the last look at the clock. */
  #unseen = 0;
  /** When the turn is over; holds while the timer is set. */
  #turnEnd = 0;
  #turnOver = false;
  /** When the client that works has had its share; 0 until the first look. */
  #quantumEnd = 0;
  #quantumOver = false;
  /** Whether anything was charged since the queue was gone through. */
  #busy = false;
  #closed = false;

  /** Whether work has to pause, by {@linkcode turn}. */
  get spent(): boolean {
    return this.#turnOver || (this.#quantumOver && this.#waiting.size > 0);
  }

  /** Says that another client's work begins. */
  begin(): void {
    this.#quantumEnd = 0;
    this.#quantumOver = false;
  }

  /**
   * Says that work was done, or is about to be.
   *
   * @param cost Microseconds, roughly: it decides how often the clock is looked at.
   */
  charge(cost: number): void {
    this.#unseen += cost;
    if (this.#unseen >= LOOK && !this.#closed) this.#look();
  }

  /** Resolves when the caller may go on, after those who wait already. */
  turn(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#arm();
    });
  }

  /** Lets everyone go on from now on, and ends the timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#turnOver = this.#quantumOver = false;
    for (const resume of this.#waiting.drain()) resume();
  }

  #look(): void {
    this.#unseen = 0;
    this.#busy = true;
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#arm();
      this.#turnEnd = now + TURN;
    } else if (now >= this.#turnEnd) {
      this.#turnOver = true;
    }
    if (this.#quantumEnd === 0) this.#quantumEnd = now + QUANTUM;
    else if (now >= this.#quantumEnd) this.#quantumOver = true;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#nextTurn(), 0);
  }

  async #nextTurn(): Promise<void> {
    this.#timer = undefined;
    this.#turnOver = false;
    this.#unseen = 0;
    if (this.#waiting.size === 0) return;
    const start = performance.now();
    this.#arm();
    this.#turnEnd = start + TURN;
    do {
      this.#busy = false;
      // Once each: whoever waits for something else than time queues up again.
      for (let left = this.#waiting.size; left > 0; left--) {
        this.begin();
        this.#waiting.shift()?.();
        await null; // the one that goes on has worked as far as it can by then
        if (performance.now() - start >= QUEUED) return;
      }
    } while (this.#busy && this.#waiting.size > 0);
  }
}
