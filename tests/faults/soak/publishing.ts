/**
 * The publishes of a soak, one after the other on each of several lanes.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { SignalExporter } from "../../../src/signals/exporter.ts";
import type { Random } from "../../support/random.ts";
import type { SoakLedger } from "./ledger.ts";

/**
 * Events that a lane publishes in turns. On the wire an answer names nothing but
 * the event, so that one which is late counts for the event's next publish: it
 * is to be long ago by then.
 */
const EVENTS_PER_LANE = 100;

/** One in so many signals asks for a failure. */
const FAILURE_EVERY = 17;

/** The events of a lane. */
export function eventsOf(lane: number): string[] {
  return Array.from(
    { length: EVENTS_PER_LANE },
    (_, index) => `lane-${lane}-${index}`,
  );
}

/** What a lane needs. */
export interface LaneOptions {
  readonly exporter: SignalExporter;
  readonly ledger: SoakLedger;
  readonly random: Random;
  /** Ends the lane, after the publish that is under way. */
  readonly signal: AbortSignal;
}

/** Publishes on a lane, whenever there is somebody to publish for. */
export async function publishOn(
  lane: number,
  { exporter, ledger, random, signal }: LaneOptions,
): Promise<void> {
  const events = eventsOf(lane);
  for (let turn = 0; !signal.aborted; turn++) {
    if (exporter.initialized) {
      const event = events[turn % events.length]!;
      await publish(exporter, ledger, event, random.int(50, 500));
    }
    await sleep(random.int(0, 20));
  }
}

/** Publishes once, for the ledger; resolves with whether it was a success. */
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
