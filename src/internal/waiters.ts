/**
 * Those who wait for something that comes, goes and comes back.
 *
 * @module
 */
import { after } from "./timer.ts";

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Waits of any number of callers for one thing. */
export class Waiters<T> {
  readonly #waiting = new Set<Waiter<T>>();

  /**
   * Waits.
   *
   * @param timeout Milliseconds.
   * @param signal Ends the wait.
   * @param late Makes the error of a wait that took too long.
   * @throws The signal's reason, if it aborts; what {@linkcode reject} is given.
   */
  wait(
    timeout: number,
    signal: AbortSignal | undefined,
    late: () => Error,
  ): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter<T> = {
        resolve: (value) => (leave(), resolve(value)),
        reject: (error) => (leave(), reject(error)),
      };
      const abort = () => waiter.reject(signal!.reason);
      const timer = after(timeout, () => waiter.reject(late()));
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Here it is: all who wait get it. */
  resolve(value: T): void {
    for (const waiter of [...this.#waiting]) waiter.resolve(value);
  }

  /** It does not come: all who wait get the error. */
  reject(error: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error);
  }
}
