/**
 * Who has subscribed to an exporter, and who waits for them. Pure.
 *
 * @module
 */

interface Waiter {
  readonly count: number;
  resolve(): void;
}

/** The subscribers of one exporter. */
export class Roster {
  readonly #members = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  /** The subscribers, as they are at any time. */
  get members(): ReadonlySet<string> {
    return this.#members;
  }

  /** Adds a subscriber; `false` where it was there. */
  add(responderId: string): boolean {
    if (this.#members.has(responderId)) return false;
    this.#members.add(responderId);
    for (const waiter of this.#waiters) {
      if (this.#members.size >= waiter.count) {
        this.#waiters.delete(waiter);
        waiter.resolve();
      }
    }
    return true;
  }

  /** Takes everybody off. */
  clear(): void {
    this.#members.clear();
  }

  /** Calls back once there are so many; returns what ends the wait. */
  whenAtLeast(count: number, resolve: () => void): () => void {
    if (this.#members.size >= count) {
      resolve();
      return () => {};
    }
    const waiter = { count, resolve };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }
}
