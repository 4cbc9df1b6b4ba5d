/**
 * One exporter and its responders on a simulated network, each in a process of
 * its own.
 *
 * @module
 */

import { SignalExporter, SignalResponder } from "../../mod.ts";
import type {
  ExporterOptions,
  PublishResult,
  ResponderOptions,
} from "../../mod.ts";
import { SimulatedNetwork } from "./simulated_network.ts";

/** What both ends take. */
export type RunOptions =
  & Pick<ExporterOptions, "quiet" | "countSubscribers">
  & Pick<ResponderOptions, "quiet" | "countSubscribers">
  & { responders?: number };

/** The exporter's process; those of the responders are `responder-0` and so on. */
export const EXPORTER = "exporter";

/** An exporter whose responders have answered once, and serve a state that lasts. */
export class SimulatedRun implements AsyncDisposable {
  readonly network: SimulatedNetwork;
  readonly exporter: SignalExporter<"ready" | "run">;
  readonly responders: readonly SignalResponder[];
  readonly #served: readonly Promise<void>[];
  #publish: Promise<PublishResult> | undefined;

  private constructor(
    network: SimulatedNetwork,
    exporter: SignalExporter<"ready" | "run">,
    responders: readonly SignalResponder[],
  ) {
    this.network = network;
    this.exporter = exporter;
    this.responders = responders;
    this.#served = responders.map((responder) =>
      responder.serve({ ready: () => {}, run: (_, { signal }) => end(signal) })
    );
  }

  /** Connects all, and has every responder answer one signal. */
  static async begin(
    { responders: count = 1, ...options }: RunOptions,
  ): Promise<SimulatedRun> {
    const network = new SimulatedNetwork();
    const logLevel = "CRITICAL";
    const responders = await network.finish(Promise.all(
      Array.from({ length: count }, (_, n) =>
        SignalResponder.connect({
          ...options,
          logLevel,
          redis: network.url(`responder-${n}`),
        })),
    ));
    const exporter = await network.finish(
      SignalExporter.connect<"ready" | "run">("fio", {
        ...options,
        logLevel,
        redis: network.url(EXPORTER),
      }),
    );
    const run = new SimulatedRun(network, exporter, responders);
    const events = ["ready", "run"] as const;
    await network.finish(exporter.initializeAndWait(count, events));
    const { ok } = await network.finish(exporter.publishSignal("ready"));
    if (!ok) throw new Error("The responders did not answer");
    return run;
  }

  /** Publishes what takes the responders until the end. */
  publish(): Promise<PublishResult> {
    return this.#publish = this.exporter.publishSignal("run", {
      timeout: Infinity,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { network } = this;
    await network.finish(this.exporter.close());
    await network.finish(Promise.resolve(this.#publish));
    await network.finish(Promise.all(
      this.responders.map((responder) => responder.close()),
    ));
    await network.finish(Promise.all(this.#served));
    await network[Symbol.asyncDispose]();
  }
}

/** What a server sees in an hour. */
export interface SimulatedHour {
  /** Commands by name. */
  readonly commands: ReadonlyMap<string, number>;
  readonly total: number;
  /** Messages that were delivered. */
  readonly delivered: number;
}

/**
 * Simulates an hour of one exporter and 30 responders, from the first
 * connection on.
 *
 * @param state What they do: a publish waits for all of them, or none does.
 */
export async function simulateHour(
  state: "waiting" | "idle",
  options: RunOptions,
  ms = 3_600_000,
): Promise<SimulatedHour> {
  await using run = await SimulatedRun.begin({ responders: 30, ...options });
  const { network } = run;
  let losses = 0;
  for (const responder of run.responders) {
    responder.addEventListener("publisher-lost", () => losses++);
  }
  const publish = state === "waiting" ? run.publish() : undefined;
  await network.pass(ms - network.now);
  const { total, broker: { stats: { delivered } } } = network;
  const hour = { commands: new Map(network.commands), total, delivered };
  await network.finish(run.exporter.close());
  for (const reason of (await publish)?.missing.values() ?? []) {
    if (reason === "lost") losses++;
  }
  if (losses > 0) throw new Error(`${losses} peers were taken for lost`);
  return hour;
}

/** Rejects when the signal aborts. */
function end(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
}
