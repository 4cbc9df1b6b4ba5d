/**
 * One at a time for each key, in the order of asking.
 *
 * @module
 */
import { abortable } from "./abortable.ts";

/** Ends a turn. */
export type EndTurn = () => void;

/** Hands out turns. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Waits for a turn.
   *
   * @param key Turns of one key follow each other; those of others do not matter.
   * @param signal Leaves the line.
   * @returns What ends the turn, to be called once; promised where others are
   * before, rejected with the signal's reason if it aborts first.
   */
  take(key: string, signal?: AbortSignal): EndTurn | Promise<EndTurn> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    const end = () => {
      if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    };
    return before === undefined ? end : wait(before, end, signal);
  }
}

async function wait(
  before: Promise<void>,
  end: EndTurn,
  signal: AbortSignal | undefined,
): Promise<EndTurn> {
  try {
    await abortable(before, signal);
    return end;
  } catch (error) {
    before.then(end); // who comes next still waits for who came before
    throw error;
  }
}
