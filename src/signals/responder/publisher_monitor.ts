/**
 * Tells a responder of publishers that are gone without a word.
 *
 * @module
 */
import type { Intervals } from "../../internal/intervals.ts";
import type { Logger } from "../../internal/logger.ts";
import { afterAbout, type Timer } from "../../internal/timer.ts";
import { type Count, Liveness } from "../liveness.ts";

/** After so many looks in vain, there is no hurry. */
const PATIENCE = 20;

/** The dependencies of {@linkcode PublisherMonitor}. */
export interface PublisherMonitorOptions {
  /** The publishers to watch, at any time. */
  publishers(): string[];
  /** Whether a publisher was heard since this was asked before. */
  wasHeard(publisherId: string): boolean;
  /** Takes a publisher that holds an inbox; returns whether it was not watched before, and is to be watched. */
  holdsInbox(publisherId: string): boolean;
  /** Counts the subscribers of each publisher's inbox; `undefined` where that can't be counted. */
  count(publisherIds: readonly string[]): Promise<Count | undefined>;
  /** Asks a publisher to say that it is there; resolves when the server has the question. */
  ask(publisherId: string): Promise<void>;
  /** Finds out whether the server is the one to use. */
  verify?(): Promise<boolean>;
  /** Called when a publisher is lost. */
  lost(publisherId: string): void;
  /** How often publishers are looked for, and how long they may be silent. */
  intervals: Intervals;
  logger: Logger;
}

/**
 * Watches as long as there are publishers to watch. A publisher that has just
 * been heard is there: a server with thousands of responders is not asked by
 * each of them about a publisher whose signals they get.
 */
export class PublisherMonitor {
  readonly #options: PublisherMonitorOptions;
  readonly #liveness: Liveness<string>;
  #running = false;
  /** Looks in a row that found every silent publisher there. */
  #vain = 0;
  #timer: Timer | undefined;

  constructor(options: PublisherMonitorOptions) {
    this.#options = options;
    this.#liveness = new Liveness({
      ...options,
      met: (id, isCounted) => {
        if (isCounted) this.#watch(id);
        else this.#askWhoItIs(id);
      },
      lost: (id) => {
        this.#liveness.forget(id);
        if (this.#running && !this.#wasHeard(id)) options.lost(id);
      },
    });
  }

  /** Begins to watch; to be called when a publisher was heard. */
  start(): void {
    const wasPatient = this.#vain >= PATIENCE;
    this.#vain = 0;
    if (this.#running && !wasPatient) return;
    this.#running = true;
    this.#lookLater();
  }

  /** Counts a publisher that is known to live, so that a later count of 0 means something. One that holds an inbox is watched from then on. */
  meet(publisherId: string): void {
    this.#liveness.meet(publisherId);
  }

  /** Forgets a publisher that has shut down. */
  forget(publisherId: string): void {
    this.#liveness.forget(publisherId);
  }

  /** Ends. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#liveness.rest();
  }

  /** Notes the answer to a question, which proves that the publisher holds an inbox. */
  heard(publisherId: string): void {
    this.#liveness.heard(publisherId);
    this.#watch(publisherId);
  }

  /** Takes every question back, because the link that brings the answers went down. */
  disturb(): void {
    this.#liveness.disturb();
  }

  #watch(publisherId: string): void {
    if (this.#options.holdsInbox(publisherId)) this.start();
  }

  /** Asks a publisher that is not counted whether it holds an inbox; a Python peer does not, and so never answers. */
  #askWhoItIs(publisherId: string): void {
    const { publishers, ask } = this.#options;
    if (publishers().includes(publisherId)) return;
    ask(publisherId).catch(() => {}); // its first ticket says so, too
  }

  #lookLater(): void {
    this.#timer?.cancel();
    const { publisherCount, publisherCountLater } = this.#options.intervals;
    const isEarly = this.#vain < PATIENCE;
    const ms = isEarly ? publisherCount : publisherCountLater;
    this.#timer = afterAbout(ms, this.#look);
  }

  readonly #look = (): void => {
    const publishers = this.#options.publishers();
    if (publishers.length === 0) return this.stop();
    const silent = publishers.filter((id) => !this.#wasHeard(id));
    if (silent.length === 0) this.#lookLater();
    else this.#lookFor(silent);
  };

  async #lookFor(silent: readonly string[]): Promise<void> {
    try {
      await this.#liveness.check(silent);
      this.#vain = this.#liveness.missesAny ? 0 : this.#vain + 1;
    } finally {
      if (this.#running) this.#lookLater();
    }
  }

  #wasHeard(publisherId: string): boolean {
    const wasHeard = this.#options.wasHeard(publisherId);
    if (wasHeard) this.#liveness.heard(publisherId);
    return wasHeard;
  }
}
