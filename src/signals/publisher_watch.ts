/**
 * Tells a responder of publishers that are gone without a word.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { afterAbout, type Timer } from "../internal/timer.ts";
import { Liveness } from "./liveness.ts";

/** Milliseconds from one look to the next. */
const INTERVAL = 500;

/** What a {@linkcode PublisherWatch} needs to know and to do. */
export interface PublisherWatchOptions {
  /** The publishers to watch, at any time. */
  publishers(): string[];
  /** Whether one was heard since this was asked before. */
  heard(publisherId: string): boolean;
  /** How many hold the own channel of each; nothing where nobody can tell. */
  count(publisherIds: readonly string[]): Promise<number[]> | undefined;
  /** Is told of one that is lost. */
  lost(publisherId: string): void;
  logger: Logger;
}

/**
 * Watches as long as there is somebody to watch. Who has just been heard is
 * there: a server with thousands of responders is not asked by each of them
 * about a publisher whose signals they get.
 */
export class PublisherWatch {
  readonly #options: PublisherWatchOptions;
  readonly #liveness: Liveness;
  #running = false;
  #timer: Timer | undefined;

  constructor(options: PublisherWatchOptions) {
    this.#options = options;
    const { count, logger } = options;
    this.#liveness = new Liveness({ count, logger });
  }

  /** Begins, where there is somebody to watch and it has not begun. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#lookLater();
  }

  /** Ends. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer?.cancel();
    this.#timer = afterAbout(INTERVAL, this.#look);
  }

  readonly #look = (): void => {
    const publishers = this.#options.publishers();
    if (publishers.length === 0) return this.stop();
    const silent = publishers.filter((id) => !this.#hasBeenHeard(id));
    if (silent.length === 0) this.#lookLater();
    else this.#lookFor(silent);
  };

  async #lookFor(silent: readonly string[]): Promise<void> {
    try {
      for (const publisherId of await this.#liveness.check(silent)) {
        if (!this.#running) return;
        if (this.#hasBeenHeard(publisherId)) continue; // while it was looked for
        this.#liveness.forget(publisherId);
        this.#options.lost(publisherId);
      }
    } finally {
      if (this.#running) this.#lookLater();
    }
  }

  #hasBeenHeard(publisherId: string): boolean {
    const heard = this.#options.heard(publisherId);
    if (heard) this.#liveness.forget(publisherId);
    return heard;
  }
}
