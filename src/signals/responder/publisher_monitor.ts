/**
 * Tells a responder of publishers that are gone without a word.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { afterAbout, type Timer } from "../../internal/timer.ts";
import { Liveness } from "../liveness.ts";

/** Milliseconds from one look to the next. */
const INTERVAL = 500;
/** After so many looks in vain, there is no hurry: thousands may wait for a signal for hours. */
const PATIENCE = 20;
/** Milliseconds from one look to the next then. */
const LONG_INTERVAL = 5_000;

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
  /** Looks at who was silent, and there, one after the other. */
  #vain = 0;
  #timer: Timer | undefined;

  constructor(options: PublisherWatchOptions) {
    this.#options = options;
    const { count, logger } = options;
    this.#liveness = new Liveness({ count, logger });
  }

  /** Begins, where there is somebody to watch; one was heard just now. */
  start(): void {
    const wasPatient = this.#vain >= PATIENCE;
    this.#vain = 0;
    if (this.#running && !wasPatient) return;
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
    const ms = this.#vain < PATIENCE ? INTERVAL : LONG_INTERVAL;
    this.#timer = afterAbout(ms, this.#look);
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
      const isSuspicious = silent.some((id) => this.#liveness.suspects(id));
      this.#vain = isSuspicious ? 0 : this.#vain + 1;
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
