/**
 * (b) Publishes a second, 256 in flight on one connection, nobody listening.
 *
 * @module
 */

import { among, type Bench, interleaved } from "../bench.ts";
import { ALONE, TITLES } from "../contenders.ts";
import { SIGNALS, STATE } from "../contenders/contender.ts";
import { publisherId, signalText } from "../contenders/hand_written.ts";
import { redisBenchmark } from "../redis_benchmark.ts";
import { startServer } from "../server.ts";
import { Worker } from "../worker_process.ts";

const TABLE = {
  key: "b",
  title: "(b) Publishing, 256 in flight, no subscriber",
  unit: "/s",
} as const;
const DEPTH = 256;

/** What a user has to say, in a signal of the common kind. */
const METADATA = { group: "default", directory: "/var/lib/run", args: {} };

export async function publish(bench: Bench): Promise<void> {
  const { quick, results } = bench;
  await using server = await startServer();
  const { port } = server;
  const payload = signalText(publisherId(), STATE, METADATA);
  const contenders = [
    ...among(bench, ...ALONE),
    "redis-benchmark" as const,
  ];
  await interleaved(bench, contenders, "(b) publishing", async (name) => {
    if (name === "redis-benchmark") {
      const count = quick ? 20_000 : 1_000_000;
      const how = { port, channel: SIGNALS, payload, count, depth: DEPTH };
      return results.add(TABLE, name, { value: await redisBenchmark(how) });
    }
    await using worker = new Worker(name);
    await worker.tell("publisher", { port });
    const duration = quick ? 50 : 1_000;
    const how = { payload, depth: DEPTH, duration };
    results.add(TABLE, TITLES[name], {
      value: await worker.tell("publish", how),
    });
  });
}
