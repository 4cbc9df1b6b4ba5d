/**
 * A fence between two publishes of one event: a peer of 1.0.1 handles signals
 * in their order, so when it has answered an `initialization` that was sent
 * after them, whatever it had to say to earlier signals is in.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { after, type Timer } from "../../internal/timer.ts";

/**
 * Milliseconds without an answer after which one that is still to come may have
 * been lost, and is asked for once more.
 */
const PATIENCE = 50;

/** How peers are waited for. */
export interface CrossOptions {
  /** Publishes `initialization`. */
  ask(): void;
  /** Is told of each peer that has caught up. */
  caughtUp(responderId: string): void;
  /** Milliseconds to wait at most. */
  timeout: number;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

class Crossing {
  readonly #awaited: Map<string, number>;
  readonly #options: CrossOptions;
  readonly #done = Promise.withResolvers<void>();
  #again: Timer | undefined;

  constructor(awaited: ReadonlyMap<string, number>, options: CrossOptions) {
    this.#awaited = new Map(awaited);
    this.#options = options;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  answered(responderId: string): void {
    const toCome = this.#awaited.get(responderId);
    if (toCome === undefined) return;
    if (toCome === 1) {
      this.#options.caughtUp(responderId);
      return this.giveUp(responderId);
    }
    this.#awaited.set(responderId, toCome - 1);
    this.#again?.cancel();
    this.#again = after(PATIENCE, this.#options.ask);
  }

  giveUp(responderId: string): void {
    if (this.#awaited.delete(responderId) && this.#awaited.size === 0) {
      this.end();
    }
  }

  end(): void {
    this.#again?.cancel();
    this.#done.resolve();
  }
}

/** Lets publishes wait for peers to catch up. */
export class Fence {
  readonly #crossings = new Set<Crossing>();

  /**
   * Asks peers, and waits until each has answered that. It can't name what it
   * answers: the answers that it owes already come first.
   *
   * @param awaited How many answers of each peer are to come, this one included.
   * @param options How to ask, and how long to wait.
   * @throws The signal's reason, if it aborts.
   */
  async cross(
    awaited: ReadonlyMap<string, number>,
    options: CrossOptions,
  ): Promise<void> {
    const crossing = new Crossing(awaited, options);
    this.#crossings.add(crossing);
    const timer = after(options.timeout, () => crossing.end());
    try {
      options.ask();
      await abortable(crossing.done, options.signal);
    } finally {
      timer.cancel();
      crossing.end();
      this.#crossings.delete(crossing);
    }
  }

  /** Notes that a peer has answered `initialization`. */
  answered(responderId: string): void {
    for (const crossing of this.#crossings) crossing.answered(responderId);
  }

  /** Waits for a peer no longer. */
  giveUp(responderId: string): void {
    for (const crossing of this.#crossings) crossing.giveUp(responderId);
  }

  /** Ends every wait. */
  open(): void {
    for (const crossing of this.#crossings) crossing.end();
  }
}
