/**
 * A limit of time as an `AbortSignal`.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";

/** Aborts its signal after some time, unless it is disposed of before. */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: Timer;

  /** @param ms Milliseconds; `Infinity`: never. */
  constructor(ms: number) {
    this.#timer = after(ms, () => this.#controller.abort());
  }

  /** Aborts when the time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time is up. */
  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Stops the time for good. */
  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}
