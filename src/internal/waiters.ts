/**
 * Callers that wait for one thing, which comes, goes, and comes back.
 *
 * @module
 */
import { after } from "./timer.ts";

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Lets any number of callers wait for one thing. */
export class Waiters<T> {
  readonly #waiting = new Set<Waiter<T>>();
  /** Waiters by their signal: a signal has one listener for all of them, because thousands may share it. */
  readonly #bySignal = new Map<AbortSignal, Set<Waiter<T>>>();

  /**
   * Waits.
   *
   * @param timeout Milliseconds.
   * @param signal Ends the wait.
   * @param late Makes the error for a wait that took too long.
   * @throws The signal's reason, if it aborts; the error of {@linkcode reject}.
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
        this.#waiting.delete(waiter);
        if (signal !== undefined) this.#unbind(signal, waiter);
      };
      const waiter: Waiter<T> = {
        resolve: (value) => (leave(), resolve(value)),
        reject: (error) => (leave(), reject(error)),
      };
      const timer = after(timeout, () => waiter.reject(late()));
      if (signal !== undefined) this.#bind(signal, waiter);
      this.#waiting.add(waiter);
    });
  }

  #bind(signal: AbortSignal, waiter: Waiter<T>): void {
    const bound = this.#bySignal.get(signal);
    if (bound !== undefined) return void bound.add(waiter);
    this.#bySignal.set(signal, new Set([waiter]));
    signal.addEventListener("abort", this.#abort);
  }

  #unbind(signal: AbortSignal, waiter: Waiter<T>): void {
    const bound = this.#bySignal.get(signal);
    if (!bound?.delete(waiter) || bound.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener("abort", this.#abort);
  }

  readonly #abort = ({ target }: Event): void => {
    const signal = target as AbortSignal;
    for (const waiter of [...this.#bySignal.get(signal) ?? []]) {
      waiter.reject(signal.reason);
    }
  };

  /** Gives the thing to all waiters. */
  resolve(value: T): void {
    for (const waiter of [...this.#waiting]) waiter.resolve(value);
  }

  /** Ends all waits with an error. */
  reject(error: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error);
  }
}
