/**
 * (i) The embedded broker against redis-server, with the same clients.
 *
 * @module
 */

import { type Bench, interleaved } from "../bench.ts";
import { SIGNALS, STATE } from "../contenders/contender.ts";
import { publisherId, signalText } from "../contenders/hand_written.ts";
import { Pair } from "../pair.ts";
import { redisBenchmark } from "../redis_benchmark.ts";
import { startServer } from "../server.ts";
import { median, quantile } from "../statistics.ts";
import { Worker } from "../worker_process.ts";
import { fanOuts } from "./fan_out.ts";

const SERVERS = ["redis-server", "embedded broker"] as const;
const DEPTH = 256;

export async function broker(bench: Bench): Promise<void> {
  const { quick, results } = bench;
  const responders = quick ? 10 : 1_000;
  await interleaved(bench, SERVERS, "(i) broker", async (server) => {
    await using stack = new AsyncDisposableStack();
    const port = await start(server, stack);
    for (const client of ["ours", "bare"] as const) {
      await using pair = await Pair.start(client, port);
      const times = await pair.roundTrips(
        quick ? { warmup: 5, count: 20 } : { warmup: 1_500, count: 3_000 },
      );
      const name = client === "ours" ? "this module" : "bare sockets";
      const table = {
        key: `i/roundTrip/${client}`,
        title: `(i) Servers: round trip with ${name} as client`,
        unit: "ms",
      } as const;
      results.add(table, server, {
        value: quantile(times, 0.5),
        p99: quantile(times, 0.99),
      });
    }
    const value = await redisBenchmark({
      port,
      channel: SIGNALS,
      payload: signalText(publisherId(), STATE),
      count: quick ? 20_000 : 500_000,
      depth: DEPTH,
    });
    const publishing = {
      key: "i/publish",
      title: "(i) Servers: redis-benchmark publishing, 256 in flight",
      unit: "/s",
    } as const;
    results.add(publishing, server, { value });
    const [warmUp, signals] = quick ? [1, 2] : [7, 20];
    for await (
      const { times } of fanOuts("ours", port, [[responders, warmUp, signals]])
    ) {
      const table = {
        key: "i/fanOut",
        title:
          `(i) Servers: fan-out to ${responders} responders of this module`,
        unit: "ms",
      } as const;
      results.add(table, server, { value: median(times) });
    }
  });
}

/** Starts a server; answers its port. */
async function start(
  server: typeof SERVERS[number],
  stack: AsyncDisposableStack,
): Promise<number> {
  if (server === "redis-server") return stack.use(await startServer()).port;
  return await stack.use(new Worker("ours")).tell("serve", {});
}
