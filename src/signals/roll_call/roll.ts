/**
 * One roll call on its transport: the question, and the answers to it.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { within } from "../../internal/patience.ts";
import { after, type Timer } from "../../internal/timer.ts";
import {
  controlChannel,
  rollChannel,
} from "../../protocol/extension/own_channels.ts";
import type { LinkChange, Sink, Transport } from "../../transport/transport.ts";
import { encodeQuery, parseReport, type PresenceReport } from "./message.ts";

/** Most answers that are kept. */
const MAX_REPORTS = 10_000;
/** Milliseconds beyond the timeout in which the server must be reached. */
const GRACE = 500;

/** Where and how long a roll is called. */
export interface RollBounds {
  namespace: string | undefined;
  /** Milliseconds to wait for answers. */
  timeout: number;
  signal: AbortSignal | undefined;
}

/** Calls one roll. */
export class Roll implements Sink {
  readonly #count: number;
  readonly #filter: (report: PresenceReport) => boolean;
  readonly #reports = new Map<string, PresenceReport>();
  readonly #ended = Promise.withResolvers<Error | undefined>();

  /**
   * @param count How many answers are enough.
   * @param filter Which of them are kept.
   */
  constructor(count: number, filter: (report: PresenceReport) => boolean) {
    this.#count = Math.min(count, MAX_REPORTS);
    this.#filter = filter;
  }

  /**
   * Asks, and waits for the answers.
   *
   * @throws {Error} If the server refuses, or the link is lost meanwhile; the
   * reason of the signal, if it aborts.
   */
  async call(
    transport: Transport,
    { namespace, timeout, signal }: RollBounds,
  ): Promise<PresenceReport[]> {
    const channel = rollChannel(crypto.randomUUID(), namespace);
    const withdrawn = new AbortController();
    const subscribing = transport.subscribe([channel], this);
    let timer: Timer | undefined;
    try {
      await abortable(
        within(
          timeout + GRACE,
          subscribing,
          () => new Error(`Cannot call the roll as ${transport.name} is mute`),
        ),
        signal,
      );
      timer = after(timeout, () => this.#end());
      transport.publish(controlChannel(namespace), encodeQuery(channel), {
        timeout,
        signal: withdrawn.signal,
      }).catch((error) => this.#end(error));
      return await abortable(this.#answers(), signal);
    } finally {
      timer?.cancel();
      withdrawn.abort();
      // A subscription that is not confirmed yet ends when it is.
      const unsubscribed = subscribing.then((subscription) =>
        subscription.close()
      );
      if (timer === undefined) unsubscribed.catch(() => {});
      else await unsubscribed;
    }
  }

  message(payload: string): void {
    if (this.#reports.size >= this.#count) return;
    const report = parseReport(payload);
    if (report === undefined) return;
    try {
      if (!this.#filter(report)) return;
    } catch (error) {
      return this.#end(error as Error);
    }
    this.#reports.set(report.publisherId, report);
    if (this.#reports.size >= this.#count) this.#end();
  }

  link(change: LinkChange): void {
    if (change.state !== "up") this.#end(change.cause);
  }

  /** All answers; rejects where some may have been lost. */
  async #answers(): Promise<PresenceReport[]> {
    const error = await this.#ended.promise;
    if (error !== undefined) throw error;
    return [...this.#reports.values()].sort((a, b) =>
      compare(a.processName, b.processName) ||
      compare(a.publisherId, b.publisherId)
    );
  }

  /** Waits for no more answers. */
  #end(error?: Error): void {
    this.#ended.resolve(error);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
