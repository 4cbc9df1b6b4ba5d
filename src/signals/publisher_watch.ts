/**
 * Tells a responder of publishers that are gone without a word.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { every, type Timer } from "../internal/timer.ts";
import { Liveness } from "./liveness.ts";

/** Milliseconds from one look to the next. */
const INTERVAL = 500;

/** What a {@linkcode PublisherWatch} needs to know and to do. */
export interface PublisherWatchOptions {
  /** The publishers to watch, at any time. */
  publishers(): string[];
  /** How many hold the own channel of each; nothing where nobody can tell. */
  count(publisherIds: readonly string[]): Promise<number[]> | undefined;
  /** Is told of one that is lost. */
  lost(publisherId: string): void;
  logger: Logger;
}

/** Watches as long as there is somebody to watch. */
export class PublisherWatch {
  readonly #options: PublisherWatchOptions;
  readonly #liveness: Liveness;
  #timer: Timer | undefined;

  constructor(options: PublisherWatchOptions) {
    this.#options = options;
    const { count, logger } = options;
    this.#liveness = new Liveness({ count, logger });
  }

  /** Begins, where there is somebody to watch and it has not begun. */
  start(): void {
    this.#timer ??= every(INTERVAL, () => this.#look());
  }

  /** Ends. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const publishers = this.#options.publishers();
    if (publishers.length === 0) return this.stop();
    for (const publisherId of await this.#liveness.check(publishers)) {
      this.#liveness.forget(publisherId);
      this.#options.lost(publisherId);
    }
  }
}
