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
const TURN = 8;
/** Milliseconds of a turn for work that had to wait; the rest is for what arrives. */
const QUEUED = 6;
/** Milliseconds that one client works on where others wait. */
const QUANTUM = 1;
/**
 * Writes of a turn. The event loop tells of the ends of 256 operations in one
 * go, and looks at the sockets only when it has told of all.
 */
const WRITES = 200;
/** Estimated microseconds of work between two looks at the clock, which takes a third of one. */
const LOOK = 100;

/**
 * Says when to pause, and lets those who paused go on in their order.
 *
 * Reads from a socket that has always more keep the event loop from looking at
 * the others, and so do immediates and timers that are due. Only a timer that
 * is set when the work pauses makes the loop wait, and look at all sockets.
 */
export class Pace {
  /** Who has little to do, and who has much. */
  readonly #light = new Fifo<() => void>();
  readonly #heavy = new Fifo<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the timer was set when work paused, or is about to be; else it was when the turn began. */
  #resting = false;
  /** Estimated microseconds since the last look at the clock. */
  #unseen = 0;
  /** When the turn is over; 0 while none has begun. */
  #turnEnd = 0;
  #turnOver = false;
  #writes = 0;
  /** When the client that works has had its share; 0 until the first look. */
  #quantumEnd = 0;
  #quantumOver = false;
  /** Whether anything was charged since the queue was gone through. */
  #busy = false;
  #closed = false;

  /** Whether work has to pause, by {@linkcode turn}. */
  get spent(): boolean {
    return this.#turnOver || (this.#quantumOver && this.#waiting > 0);
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

  /** Says that a write begins. */
  countWrite(): void {
    if (++this.#writes < WRITES || this.#closed) return;
    if (this.#turnEnd === 0) this.#beginTurn(performance.now());
    this.#turnOver = true;
  }

  /**
   * Resolves when the caller may go on.
   *
   * @param isLight Whether it has little to do, so that it goes before those
   * that have much.
   */
  turn(isLight = false): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      (isLight ? this.#light : this.#heavy).push(resolve);
      this.#rest();
    });
  }

  /** Lets everyone go on from now on, and ends the timer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#turnOver = this.#quantumOver = false;
    for (const resume of this.#light.drain()) resume();
    for (const resume of this.#heavy.drain()) resume();
  }

  get #waiting(): number {
    return this.#light.size + this.#heavy.size;
  }

  #look(): void {
    this.#unseen = 0;
    this.#busy = true;
    const now = performance.now();
    if (this.#turnEnd === 0) this.#beginTurn(now);
    else if (now >= this.#turnEnd) this.#turnOver = true;
    if (this.#quantumEnd === 0) this.#quantumEnd = now + QUANTUM;
    else if (now >= this.#quantumEnd) this.#quantumOver = true;
  }

  #beginTurn(now: number): void {
    this.#turnEnd = now + TURN;
    // Fires where the loop gets to it, because there is nothing else to do.
    this.#timer ??= setTimeout(() => this.#nextTurn(), 0);
  }

  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#nextTurn(), 0);
  }

  async #nextTurn(): Promise<void> {
    this.#timer = undefined;
    this.#turnEnd = 0;
    this.#turnOver = false;
    this.#writes = 0;
    if (this.#waiting > 0) {
      const start = performance.now();
      this.#beginTurn(start);
      this.#resting = true; // the rest is to begin when the work is done
      await this.#resume(start + QUEUED);
    }
    this.#resting = false;
    if (this.#waiting > 0) this.#rest();
  }

  /** Lets those who wait go on, in turns, until the time is up. */
  async #resume(end: number): Promise<void> {
    do {
      this.#busy = false;
      await this.#resumeEach(this.#light, end);
      await this.#resumeEach(this.#heavy, end);
    } while (
      this.#busy && !this.#turnOver && this.#waiting > 0 &&
      performance.now() < end
    );
  }

  /** Once each, because some wait for something else than time; one at least. */
  async #resumeEach(queue: Fifo<() => void>, end: number): Promise<void> {
    for (let left = queue.size; left > 0; left--) {
      this.begin();
      queue.shift()?.();
      await null; // the one that goes on has worked as far as it can by then
      if (this.#turnOver || performance.now() >= end) return;
    }
  }
}
