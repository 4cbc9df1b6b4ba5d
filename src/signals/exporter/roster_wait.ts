/**
 * One wait for subscribers: its deadline, and how it ends.
 *
 * @module
 */
import { after } from "../../internal/timer.ts";
import type { Wait } from "./pending_publish.ts";

/** Settles when there are enough, or none is waited for any more. */
export class RosterWait {
  readonly #settled = Promise.withResolvers<boolean>();
  readonly #release: () => void;
  #size: number;
  #count = Infinity;

  /** @param size How many subscribers there are. */
  constructor(size: number, { timeout, signal }: Wait) {
    this.#size = size;
    const timer = after(timeout, () => this.#settled.resolve(false));
    const abort = () => this.fail(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#release = () => {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
    };
  }

  /** Whether there came to be enough in time. */
  get result(): Promise<boolean> {
    return this.#settled.promise;
  }

  /** Says how many are enough. */
  until(count: number): void {
    this.#count = count;
    this.update(this.#size);
  }

  /** Is told how many there are. */
  update(size: number): void {
    this.#size = size;
    if (size >= this.#count) this.#settled.resolve(true);
  }

  /** Ends the wait with an error. */
  fail(cause: unknown): void {
    this.#settled.reject(cause);
  }

  /** Lets go of timer and signal. */
  release(): void {
    this.#release();
  }
}
