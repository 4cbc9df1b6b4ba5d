/**
 * (l) Stop with a reason: one of many responders asks the exporter, which shuts
 * down, until all have heard the reason; beside it one plain signal to as many,
 * until all have acknowledged.
 *
 * @module
 */

import { type Bench, interleaved } from "../bench.ts";
import { STATE } from "../contenders/contender.ts";
import { startServer } from "../server.ts";
import { median } from "../statistics.ts";
import { Worker } from "../worker_process.ts";

/** Plain signals, and stops. */
const ROUNDS = 12;

export async function stop(bench: Bench): Promise<void> {
  if (!bench.contenders.includes("ours")) return;
  const count = bench.quick ? 10 : 1_000;
  const rounds = bench.quick ? 2 : ROUNDS;
  const table = {
    key: "l",
    title: `(l) Stop: time until ${count} responders have heard the reason`,
    unit: "ms",
  } as const;
  await interleaved(bench, ["ours"], "(l) stop", async () => {
    await using server = await startServer();
    const { port } = server;
    await using exporter = new Worker("ours");
    const workers = [new Worker("ours"), new Worker("ours")] as const;
    await using _one = workers[0];
    await using _other = workers[1];
    const publisherId = await exporter.tell("exporter", {
      port,
      events: [STATE],
    });
    const half = Math.ceil(count / 2);
    await Promise.all([
      workers[0].tell("stoppable", { port, count: half }),
      workers[1].tell("stoppable", { port, count: count - half }),
    ]);
    const plain: number[] = [];
    const stops: number[] = [];
    // The first rounds warm up.
    for (let round = -Math.ceil(rounds / 3); round < rounds; round++) {
      await exporter.tell("gather", { count });
      const { times } = await exporter.tell("roundTrips", {
        warmup: 0,
        count: 1,
      });
      const reason = `round ${round}`;
      const since = performance.now();
      await Promise.all([
        workers[0].tell("stop", { reason, publisherId }),
        workers[1].tell("stop", { reason }),
      ]);
      const elapsed = performance.now() - since;
      if (round < 0) continue;
      plain.push(...times);
      stops.push(elapsed);
    }
    const { results } = bench;
    results.add(table, "one plain signal", { value: median(plain) });
    results.add(table, "a stop that one asks for", { value: median(stops) });
  });
}
