/**
 * A fence between two publishes of one event: a peer of 1.0.1 handles signals
 * in their order, so when it has answered `initialization` once more, whatever
 * it had to say to earlier signals is in.
 *
 * @module
 */
import { afterReads } from "../internal/timer.ts";
import { abortable } from "../internal/abortable.ts";

interface Crossing {
  readonly awaited: Set<string>;
  resolve(): void;
}

/** Lets publishes wait for peers to catch up. */
export class Fence {
  readonly #crossings = new Set<Crossing>();

  /**
   * Waits until these peers have answered `initialization`.
   *
   * @param responderIds Who has to.
   * @param ask Publishes `initialization`.
   * @param timeout Milliseconds to wait at most.
   * @param signal Ends the wait.
   * @throws The signal's reason, if it aborts.
   */
  async cross(
    responderIds: Iterable<string>,
    ask: () => void,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const crossing = { awaited: new Set(responderIds), resolve };
    this.#crossings.add(crossing);
    const timer = afterReads(timeout, resolve);
    try {
      ask();
      await abortable(promise, signal);
    } finally {
      timer.cancel();
      this.#crossings.delete(crossing);
    }
  }

  /**
   * Notes that a peer has answered `initialization`, or is waited for no longer.
   *
   * @returns Whether somebody waited for it.
   */
  answered(responderId: string): boolean {
    let awaited = false;
    for (const crossing of this.#crossings) {
      awaited = crossing.awaited.delete(responderId) || awaited;
      if (crossing.awaited.size === 0) crossing.resolve();
    }
    return awaited;
  }

  /** Ends every wait. */
  open(): void {
    for (const crossing of this.#crossings) crossing.resolve();
  }
}
