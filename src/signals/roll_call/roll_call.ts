/**
 * Asks which exporters are there.
 *
 * @module
 */
import { checkConnectOptions, openTransport } from "../../connect.ts";
import type { ConnectOptions } from "../../connect_options.ts";
import {
  checkCount,
  checkSpan,
  checkText,
  mustBe,
} from "../../internal/check.ts";
import type { PresenceReport } from "./message.ts";

/**
 * The options of {@linkcode rollCall}.
 *
 * @category Roll call
 */
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
  /** Keeps only the reports for which it returns `true`; no other counts. */
  filter?: (report: PresenceReport) => boolean;
  /** Ends the wait, or the attempt to connect. */
  signal?: AbortSignal;
}

/**
 * Asks all exporters that are initialized, in whichever process, for their state
 * and their subscribers. The server keeps nothing: an exporter that is listed is alive.
 *
 * Exporters of the Python package do not answer.
 *
 * @category Roll call
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
  checkConnectOptions(options, {
    timeout: true,
    count: true,
    process: true,
    filter: true,
  });
  const { namespace, timeout = 500, count = Infinity, process, signal } =
    options;
  const { filter = () => true } = options;
  checkSpan(timeout, "timeout");
  checkCount(count, "count");
  if (process !== undefined) checkText(process, "process");
  if (namespace !== undefined) checkText(namespace, "namespace");
  if (typeof filter !== "function") {
    throw new TypeError(mustBe("filter", "a function", filter));
  }
  // Loaded by the first call, because most programs that import this module never call it.
  const { Roll } = await import("./roll.ts");
  const transport = await openTransport(options, timeout);
  try {
    const roll = new Roll(
      count,
      (report) =>
        (process === undefined || report.processName === process) &&
        filter(report),
    );
    return await roll.call(transport, { namespace, timeout, signal });
  } finally {
    await transport.close();
  }
}
