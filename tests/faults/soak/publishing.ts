/**
 * The publishes of a soak, one after the other on each of several lanes.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { Random } from "../../support/random.ts";
import type { SoakLedger } from "./ledger.ts";

/** One in this many signals asks for a failure. */
const FAILURE_EVERY = 17;

/** The event of a lane, published again and again. */
export function eventOf(lane: number): string {
  return `lane-${lane}`;
}

/** The options of a lane. */
export interface LaneOptions {
  readonly exporter: SignalExporter;
  readonly ledger: SoakLedger;
  readonly random: Random;
  /** Ends the lane, after the publish that is under way. */
  readonly signal: AbortSignal;
}

/** Publishes on a lane while there are subscribers. */
export async function publishOn(
  lane: number,
  { exporter, ledger, random, signal }: LaneOptions,
): Promise<void> {
  while (!signal.aborted) {
    if (exporter.initialized) {
      await publish(exporter, ledger, eventOf(lane), random.int(50, 500));
    }
    await sleep(random.int(0, 20));
  }
}

/** Publishes once and records the result; resolves with whether it was a success. */
export async function publish(
  exporter: SignalExporter,
  ledger: SoakLedger,
  event: string,
  timeout: number,
): Promise<boolean> {
  const number = ledger.begin();
  const owed = exporter.subscribers.size;
  const since = performance.now();
  const asked = number % FAILURE_EVERY === 0 ? 0 : 1;
  const outcome = await exporter.publishSignal(event, {
    sample: number,
    metadata: { number, asked },
    timeout,
  }).then((result) => ({ result }), (error: unknown) => ({ error }));
  const overshoot = performance.now() - since - timeout;
  ledger.settle({ number, owed, overshoot, outcome });
  return "result" in outcome && outcome.result.ok;
}
