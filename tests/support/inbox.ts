/**
 * A queue between a reporter and the test that waits for its reports.
 *
 * @module
 */

import { type WaitOptions, within } from "./wait.ts";

/** The items that have arrived and were not taken yet, in order. */
export class Inbox<T> {
  readonly #arrived: T[] = [];
  readonly #waiting: PromiseWithResolvers<T>[] = [];
  #failure: Error | undefined;

  /** The number of items that have arrived and were not taken. */
  get size(): number {
    return this.#arrived.length;
  }

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(item);
    else this.#arrived.push(item);
  }

  /** Ends the inbox: every pending and later take() is rejected with the reason. */
  fail(reason: Error): void {
    this.#failure ??= reason;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(this.#failure);
    }
  }

  /** The next item, which may have arrived already. */
  async take(options: WaitOptions): Promise<T> {
    if (this.#arrived.length > 0) return this.#arrived.shift() as T;
    if (this.#failure) throw this.#failure;
    const waiting = Promise.withResolvers<T>();
    this.#waiting.push(waiting);
    try {
      return await within(waiting.promise, options);
    } finally {
      const index = this.#waiting.indexOf(waiting);
      if (index >= 0) this.#waiting.splice(index, 1);
    }
  }

  /** Takes all items that have arrived. */
  drain(): T[] {
    return this.#arrived.splice(0);
  }
}
