/**
 * A soak: an exporter publishes without a pause to responders in processes of
 * their own, over a real Redis server, while links, responders and the server
 * fail at random.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { RedisOptions } from "../../../src/redis/mod.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { Random } from "../../support/random.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { heapInUse, openHandles } from "../../support/usage.ts";
import { until, within } from "../../support/wait.ts";
import { Count, SoakLedger } from "./ledger.ts";
import { eventOf, publish, publishOn } from "./publishing.ts";
import { Troupe } from "./troupe.ts";
import { linkFaults, responderFaults, serverFaults, storm } from "./weather.ts";

/** The options of a soak. */
export interface SoakOptions {
  /** Milliseconds of faults. */
  readonly duration: number;
  /** Milliseconds between two faults of a kind, on average. */
  readonly pace: number;
  /** Repeats the faults and the publishes, though not their meeting. */
  readonly seed: number;
}

/** The findings of a soak. */
export interface SoakReport {
  readonly ledger: SoakLedger;
  /** All figures as text. */
  readonly lines: readonly string[];
  /** The complaints; empty after a good soak. */
  readonly complaints: readonly string[];
}

const RESPONDERS = 4;
const LANES = [0, 1, 2, 3];
/** An event beside those of the lanes, published in calm weather. */
const PROBE = "probe";
const EVENTS = [PROBE, ...LANES.map(eventOf)];

/** Milliseconds after which the runtime has opened the last of its own handles. */
const RUNTIME_READY = 5_000;

/** Bytes that the heap may grow by, from caches and compiled code. */
const HEAP_GROWTH = 8 * 2 ** 20;

/** Detects a dead link quickly and remakes it quickly. */
const IMPATIENT: RedisOptions = {
  pingInterval: 200,
  pingTimeout: 300,
  commandTimeout: 600,
  handshakeTimeout: 500,
  minBackoff: 10,
  maxBackoff: 200,
};

interface Cast {
  readonly server: RedisServer;
  /** Between the exporter and the server. */
  readonly ours: FaultProxy;
  /** Between the responders and the server. */
  readonly theirs: FaultProxy;
  readonly troupe: Troupe;
  readonly exporter: SignalExporter;
  readonly ledger: SoakLedger;
}

interface Usage {
  readonly handles: number | undefined;
  readonly heap: number;
}

/** Runs a soak. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  await using server = await RedisServer.start();
  await using ours = await FaultProxy.start(server);
  await using theirs = await FaultProxy.start(server);
  const { hostname, port } = theirs;
  await using troupe = await Troupe.start(RESPONDERS, {
    ...IMPATIENT,
    hostname,
    port,
  });
  await using exporter = await SignalExporter.connect("soak", {
    redis: { ...IMPATIENT, url: ours.url },
    logLevel: "CRITICAL",
  });
  const ledger = new SoakLedger();
  const cast = { server, ours, theirs, troupe, exporter, ledger };

  await renew(cast);
  await sleep(Math.max(0, RUNTIME_READY - performance.now()));
  const first = await usageInCalm(cast, Infinity);
  const faults = await badWeather(cast, options);
  const last = await usageInCalm(cast, first.handles ?? Infinity);
  await troupe.end();
  prove(cast);
  return {
    ledger,
    lines: [
      `weather     seed ${options.seed}, ${
        options.duration / 1_000
      } s: ${faults}`,
      ...ledger.lines(),
      ...usageLines(first, last),
    ],
    complaints: [...ledger.complaints(), ...usageComplaints(first, last)],
  };
}

/** Publishes during the faults; resolves with the number of each fault. */
async function badWeather(
  cast: Cast,
  { duration, pace, seed }: SoakOptions,
): Promise<Count> {
  const { server, ours, theirs, troupe } = cast;
  const weather = new AbortController();
  const publishing = new AbortController();
  const count = new Count();
  const begin = (
    faults: (random: Random) => Parameters<typeof storm>[0],
    offset: number,
    pace: number,
  ) => {
    const random = new Random(seed + offset);
    const { signal } = weather;
    return storm(faults(random), { random, pace, signal, count });
  };
  const lanes = LANES.map((lane) =>
    publishOn(lane, {
      ...cast,
      random: new Random(seed + lane),
      signal: publishing.signal,
    })
  );
  const proving = setInterval(() => prove(cast), 500);
  try {
    await Promise.all([
      sleep(duration).then(() => weather.abort()),
      begin((random) => linkFaults([ours, theirs], random), 10, pace),
      begin(
        (random) => responderFaults(troupe, random, () => renew(cast)),
        20,
        pace,
      ),
      begin((random) => serverFaults(server, random), 30, 3 * pace),
    ]);
  } finally {
    weather.abort();
    publishing.abort();
    clearInterval(proving);
  }
  await within(Promise.all(lanes), { what: "every lane to end" })
    .catch((error: Error) => cast.ledger.complain(error.message));
  return count;
}

/** Makes the live responders the roster. */
async function renew({ exporter, troupe }: Cast): Promise<void> {
  const expected = troupe.playing.map(({ responderId }) => responderId);
  // Both calls take effect even if their signal is lost with the link.
  if (exporter.initialized) await exporter.shutdown().catch(passDeliveryError);
  await exporter.initialize(EVENTS, { expected }).catch(passDeliveryError);
}

function passDeliveryError(error: unknown): void {
  if (!(error instanceof Error && "outcome" in error)) throw error;
}

function prove({ ledger, troupe }: Cast): void {
  ledger.prove((responderId, number) => troupe.acted(responderId, number));
  troupe.forget(ledger.oldest);
}

/** Waits for a success and for the closing of surplus handles. */
async function usageInCalm(
  { exporter, ledger }: Cast,
  handles: number,
): Promise<Usage> {
  await until(() => publish(exporter, ledger, PROBE, 1_000), {
    what: "a success in calm weather",
    timeout: 30_000,
  }).catch((error: Error) => ledger.complain(error.message));
  await until(() => (openHandles() ?? 0) <= handles, {
    what: "handles to be closed",
    timeout: 30_000,
  }).catch(() => {}); // the complaints report open handles
  return { handles: openHandles(), heap: heapInUse() };
}

function usageLines(first: Usage, last: Usage): string[] {
  const pair = (what: string, one: unknown, other: unknown) =>
    `${what.padEnd(11)} first ${one ?? "unknown"}, last ${other ?? "unknown"}`;
  return [
    pair("handles", first.handles, last.handles),
    pair("heap", mebibytes(first.heap), mebibytes(last.heap)),
  ];
}

function usageComplaints(first: Usage, last: Usage): string[] {
  const handles = (last.handles ?? 0) - (first.handles ?? 0);
  const heap = last.heap - first.heap;
  return [
    ...(handles > 0 ? [`${handles} handles were left open`] : []),
    ...(heap > HEAP_GROWTH ? [`The heap grew by ${mebibytes(heap)}`] : []),
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
