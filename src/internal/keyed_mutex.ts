/**
 * Mutual exclusion by key: holders of one key follow each other in the order of
 * asking.
 *
 * @module
 */
import { abortable } from "./abortable.ts";

/** Lets the next holder of the key in; must be called once. */
export type Unlock = () => void;

/** Locks keys. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Locks a key.
   *
   * @param key Holders of other keys do not matter.
   * @param signal Leaves the line.
   * @returns What unlocks the key; a promise of it where others hold the key or
   * wait for it, rejected with the signal's reason if it aborts first.
   */
  lock(key: string, signal?: AbortSignal): Unlock | Promise<Unlock> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    const unlock = () => {
      if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    };
    return before === undefined ? unlock : wait(before, unlock, signal);
  }
}

async function wait(
  before: Promise<void>,
  unlock: Unlock,
  signal: AbortSignal | undefined,
): Promise<Unlock> {
  try {
    await abortable(before, signal);
    return unlock;
  } catch (error) {
    before.then(unlock); // the next in line still waits for those before
    throw error;
  }
}
