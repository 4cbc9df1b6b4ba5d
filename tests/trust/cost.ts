/**
 * The cost of correlation: the round trip of a signal and its response with and
 * without correlation, alternating in one run, over a real Redis to a responder
 * in another process.
 *
 * Run: `deno run --allow-all tests/trust/cost.ts`
 *
 * @module
 */

import { SignalExporter } from "../../mod.ts";
import { startRole } from "../support/child.ts";
import { RedisServer } from "../support/redis_server.ts";

/** The highest permitted ratio of the round trips with and without correlation. */
const LIMIT = 1.1;
const REPEATS = 15;
const ROUND_TRIPS = 1_000;
const MODES = ["off", "auto"] as const;

type Mode = typeof MODES[number];

await using server = await RedisServer.start();
await using responder = startRole("trust_answerer.ts", {
  args: [server.url],
  permissions: [`--allow-net=${server.hostname}:${server.port}`],
});
await responder.next({ what: "the responder to be ready" });

const medians: Record<Mode, number[]> = { off: [], auto: [] };
// The first repeat warms up the compiler.
for (let repeat = 0; repeat <= REPEATS; repeat++) {
  const order = repeat % 2 === 0 ? MODES : MODES.toReversed();
  for (const mode of order) {
    const milliseconds = await roundTrip(mode);
    if (repeat > 0) medians[mode].push(milliseconds);
  }
}
const off = median(medians.off);
const auto = median(medians.auto);
console.log(
  `[trust] round trip with correlation ${micros(auto)}, without ${
    micros(off)
  }: ratio ${(auto / off).toFixed(3)}, to be at most ${LIMIT}`,
);

/** The median of many round trips, one after the other, in milliseconds. */
async function roundTrip(correlation: Mode): Promise<number> {
  await using exporter = await SignalExporter.connect("cost", {
    redis: server.url,
    correlation,
  });
  await exporter.initializeAndWait(1, ["state"]);
  const spans: number[] = [];
  for (let sample = 0; sample < ROUND_TRIPS; sample++) {
    const { ok, elapsed } = await exporter.publishSignal("state", { sample });
    if (!ok) throw new Error(`There was no answer to sample ${sample}`);
    spans.push(elapsed);
  }
  return median(spans);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function micros(milliseconds: number): string {
  return `${(milliseconds * 1_000).toFixed(0)} µs`;
}
