/**
 * Shares time between clients. One thread serves all clients, so work is cut
 * into slices: between two slices the event loop looks at the sockets, and
 * clients that ask little get their replies.
 *
 * @module
 */
import { Fifo } from "../internal/fifo.ts";

/** Work that yields where other clients may have their turn. */
export type Work = Generator<void, void, void>;

/** Milliseconds of work until the event loop looks at the sockets again. */
const TURN = 8;
/** Milliseconds of a turn for work that had to wait; the rest is for commands that arrive. */
const QUEUED = 6;
/** Milliseconds that the work of one client may take while others wait. */
const QUANTUM = 1;
/**
 * Writes of a turn. The event loop reports the ends of up to 256 operations in
 * one go, and looks at the sockets only after that.
 */
const WRITES = 200;
/** Estimated microseconds of work between two looks at the clock; a look takes a third of one. */
const LOOK = 100;

/**
 * Decides when work must pause, and lets paused work go on in its order.
 *
 * A timer that is set when the work pauses makes the event loop look at all
 * sockets. Nothing else does: reads from a socket that always has more keep the
 * loop from the other sockets, and so do immediates and timers that are due.
 */
export class Pace {
  /** Paused work that is short, and paused work that is long. */
  readonly #light = new Fifo<() => void>();
  readonly #heavy = new Fifo<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the timer was set when work paused, or is about to be; else it was set when the turn began. */
  #resting = false;
  /** Estimated microseconds since the last look at the clock. */
  #unseen = 0;
  /** When the turn is over; 0 before it begins. */
  #turnEnd = 0;
  #turnOver = false;
  #writes = 0;
  /** When the current client has had its share; 0 until the first look at the clock. */
  #quantumEnd = 0;
  #quantumOver = false;
  /** Whether resumed work has done anything since the last round through both queues. */
  #busy = false;
  #closed = false;

  /** Whether work must pause, by waiting for {@linkcode turn}. */
  get spent(): boolean {
    return this.#turnOver || (this.#quantumOver && this.#waiting > 0);
  }

  /** Notes that the work of another client begins. */
  begin(): void {
    this.#quantumEnd = 0;
    this.#quantumOver = false;
  }

  /**
   * Notes that work was done, or is about to be.
   *
   * @param cost Microseconds, roughly: their sum decides when to look at the clock.
   */
  charge(cost: number): void {
    this.#unseen += cost;
    if (this.#unseen >= LOOK && !this.#closed) this.#look();
  }

  /** Notes that a write begins. */
  countWrite(): void {
    if (++this.#writes < WRITES || this.#closed) return;
    if (this.#turnEnd === 0) this.#beginTurn(performance.now());
    this.#turnOver = true;
  }

  /**
   * Resolves when the caller may go on.
   *
   * @param isLight Whether the caller's work is short, so that it goes before
   * work that is long.
   */
  turn(isLight = false): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      (isLight ? this.#light : this.#heavy).push(resolve);
      this.#rest();
    });
  }

  /** Lets all work go on without pauses, and ends the timer. */
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
    // Ends the turn if the event loop gets to this timer, because then there is no other work.
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
      this.#resting = true; // no timer is needed until the work is done
      await this.#resume(start + QUEUED);
    }
    this.#resting = false;
    if (this.#waiting > 0) this.#rest();
  }

  /** Resumes paused work, round by round, until the time is up. */
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

  /** Resumes each piece of work in a queue once, because some may wait for other things than time. */
  async #resumeEach(queue: Fifo<() => void>, end: number): Promise<void> {
    for (let left = queue.size; left > 0; left--) {
      this.begin();
      queue.shift()?.();
      await null; // the resumed work has paused again by then
      if (this.#turnOver || performance.now() >= end) return;
    }
  }
}
