/**
 * This module, by its public API.
 *
 * @module
 */

import { SignalExporter, SignalResponder } from "../../../mod.ts";
import { RedisClient } from "../../../src/redis/mod.ts";
import {
  type AskToStop,
  type Exporter,
  type ExporterSetup,
  inFlight,
  type Metadata,
  type Publisher,
  SIGNALS,
  STATE,
} from "./contender.ts";

const FOR_EVER = { timeout: Infinity };
/** More than any measure lets wait: what is dropped was not delivered. */
const QUEUE_CAPACITY = 1_000_000;

export async function exporter(
  port: number,
  { events, expected = [], ...options }: ExporterSetup,
): Promise<Exporter> {
  const redis = at(port);
  const exporter = await SignalExporter.connect("bench", { redis, ...options });
  exporter.addEventListener("stop-requested", ({ detail: { reason } }) => {
    exporter.shutdown({ reason });
  });
  if (expected.length > 0) await exporter.initialize(events, { expected });
  return {
    publisherId: exporter.publisherId,
    async gather(count) {
      await exporter.initializeAndWait(count, events, FOR_EVER);
    },
    async exchange(event, metadata?: Metadata) {
      const { acks } = await exporter.publishSignal(
        event,
        metadata === undefined ? FOR_EVER : { ...FOR_EVER, metadata },
      );
      return acks.size;
    },
  };
}

export async function responder(port: number): Promise<void> {
  const responder = await SignalResponder.connect({ redis: at(port) });
  (async () => {
    for await (const signal of responder) await responder.srespond(signal, 1);
  })();
}

export async function stoppable(
  port: number,
  heard: (reason: string) => void,
): Promise<AskToStop> {
  const responder = await SignalResponder.connect({ redis: at(port) });
  (async () => {
    for await (const signal of responder) {
      if (signal.event === "shutdown") heard(String(signal.metadata?.reason));
      else await responder.srespond(signal, 1);
    }
  })();
  return (publisherId, reason) => responder.requestStop(publisherId, reason);
}

export async function publisher(port: number): Promise<Publisher> {
  const redis = await RedisClient.connect(at(port));
  return (payload, total, depth) =>
    inFlight(depth, total, () => redis.publish(SIGNALS, payload));
}

export async function receive(
  port: number,
  onSignal: () => void,
): Promise<void> {
  const responder = await SignalResponder.connect({
    redis: at(port),
    queueCapacity: QUEUE_CAPACITY,
  });
  (async () => {
    for await (const { event } of responder) if (event === STATE) onSignal();
  })();
}

function at(port: number): string {
  return `redis://127.0.0.1:${port}`;
}
