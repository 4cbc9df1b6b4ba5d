/**
 * The answers to one roll call.
 *
 * @module
 */
import type { LinkChange, Sink } from "../transport/transport.ts";
import { parseReport, type PresenceReport } from "./presence_message.ts";

/** Most answers that are kept. */
const MAX_REPORTS = 10_000;

/** Who has answered one roll call. */
export class Roll implements Sink {
  readonly #count: number;
  readonly #process: string | undefined;
  readonly #reports = new Map<string, PresenceReport>();
  readonly #ended = Promise.withResolvers<Error | undefined>();

  /**
   * @param count How many answers are enough.
   * @param process Whose alone are kept, if not everybody's.
   */
  constructor(count: number, process: string | undefined) {
    this.#count = Math.min(count, MAX_REPORTS);
    this.#process = process;
  }

  /** All answers; rejects where some may have been lost. */
  get reports(): Promise<PresenceReport[]> {
    return this.#ended.promise.then((error) => {
      if (error !== undefined) throw error;
      return [...this.#reports.values()].sort((a, b) =>
        compare(a.processName, b.processName) ||
        compare(a.publisherId, b.publisherId)
      );
    });
  }

  /** Waits for no more answers. */
  end(error?: Error): void {
    this.#ended.resolve(error);
  }

  message(payload: string): void {
    if (this.#reports.size >= this.#count) return;
    const report = parseReport(payload);
    if (report === undefined) return;
    const { publisherId, processName } = report;
    if (this.#process !== undefined && processName !== this.#process) return;
    this.#reports.set(publisherId, report);
    if (this.#reports.size >= this.#count) this.end();
  }

  link(change: LinkChange): void {
    if (change.state !== "up") this.end(change.cause);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
