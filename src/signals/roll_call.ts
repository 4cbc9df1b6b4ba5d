/**
 * Asks which exporters are there.
 *
 * @module
 */
import { type ConnectOptions, openTransport } from "../connect.ts";
import { abortable } from "../internal/abortable.ts";
import { checkSpan, checkText, checkWhole } from "../internal/check.ts";
import { after, type Timer } from "../internal/timer.ts";
import { controlChannel, rollChannel } from "../protocol/own_channels.ts";
import type { LinkChange, Sink } from "../transport/transport.ts";
import {
  encodeQuery,
  parseReport,
  type PresenceReport,
} from "./presence_message.ts";

/** Most answers that are kept. */
const MAX_REPORTS = 10_000;

/** What {@linkcode rollCall} takes. */
export interface RollCallOptions extends ConnectOptions {
  /** Milliseconds to wait for answers. @default {500} */
  timeout?: number;
  /**
   * Stops waiting when so many have answered.
   *
   * @default {Infinity}
   */
  count?: number;
  /** Asks for exporters of this process only. */
  process?: string;
  /** Ends the wait, or the attempt to connect. */
  signal?: AbortSignal;
}

/**
 * Asks all exporters that are initialized, in whichever process, for their state
 * and their subscribers. Nothing is kept in the server: who is listed is alive.
 *
 * Exporters of the Python package do not answer.
 *
 * @param options Where Redis is, and how long to wait for how many.
 * @returns The exporters, by process name and id.
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} If the server can't be reached or refuses, or the link is lost
 * meanwhile; the reason of `signal`, if it aborts.
 *
 * @example
 * ```ts
 * import { rollCall, SignalExporter } from "@dsa/state-signals";
 * import { Broker } from "@dsa/state-signals/broker";
 *
 * await using broker = Broker.listen(); // or a Redis of yours
 * const redis = broker.url;
 * await using exporter = await SignalExporter.connect("fio", { redis });
 * await exporter.initialize(["start", "stop"]);
 * await exporter.publishSignal("start", { tag: "run 7" });
 *
 * for (const { processName, state, tag } of await rollCall({ redis, count: 1 })) {
 *   console.log(processName, state, tag); // "fio", "start", "run 7"
 * }
 * ```
 */
export async function rollCall(
  options: RollCallOptions = {},
): Promise<PresenceReport[]> {
  const { namespace, timeout = 500, count = Infinity, process, signal } =
    options;
  checkSpan(timeout, "timeout");
  if (count !== Infinity) {
    checkWhole(count, "count", 1, Number.MAX_SAFE_INTEGER);
  }
  if (process !== undefined) checkText(process, "process");
  if (namespace !== undefined) checkText(namespace, "namespace");
  const { transport, owned } = await openTransport(options);
  const channel = rollChannel(crypto.randomUUID(), namespace);
  const roll = new Roll(count, process);
  const withdrawn = new AbortController();
  const subscribing = transport.subscribe([channel], roll);
  let timer: Timer | undefined;
  try {
    await abortable(subscribing, signal);
    timer = after(timeout, () => roll.end());
    transport.publish(controlChannel(namespace), encodeQuery(channel), {
      timeout,
      signal: withdrawn.signal,
    }).catch((error) => roll.end(error));
    return await abortable(roll.reports, signal);
  } finally {
    timer?.cancel();
    withdrawn.abort();
    const unsubscribed = subscribing.then((subscription) =>
      subscription.close()
    ).catch(() => {});
    // One that is not confirmed yet, as the signal aborted, ends by itself.
    if (!signal?.aborted) await unsubscribed;
    if (owned) await transport.close();
  }
}

/** Who has answered one roll call. */
class Roll implements Sink {
  readonly #count: number;
  readonly #process: string | undefined;
  readonly #reports = new Map<string, PresenceReport>();
  readonly #ended = Promise.withResolvers<Error | undefined>();

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
