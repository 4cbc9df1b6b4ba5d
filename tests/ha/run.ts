/**
 * Fails over sentinels and clusters many times, at first while signals are
 * published, then while parties meet at a barrier:
 * `deno task test:ha [TIMES [Sentinel|Cluster|Barrier]]`.
 *
 * @module
 */
import { barrierLine, barriers } from "./barriers.ts";
import { failovers, tableOf } from "./failovers.ts";
import { clusterWorld, sentinelWorld, type World } from "./worlds.ts";

const times = Number(Deno.args[0] ?? 50);
const only = Deno.args[1];

const RUNS: Record<string, () => Promise<boolean>> = {
  Sentinel: () => publishing("Sentinel", sentinelWorld),
  Cluster: () => publishing("Cluster", clusterWorld),
  Barrier: async () => {
    await using world = await clusterWorld();
    const figures = await barriers(world, 2 * times);
    console.log(barrierLine(figures));
    return figures.splits.length === 0;
  },
};

let isClean = true;
for (const [name, run] of Object.entries(RUNS)) {
  if (only === undefined || only === name) isClean = await run() && isClean;
}
Deno.exit(isClean ? 0 : 1);

async function publishing(
  name: string,
  start: () => Promise<World>,
): Promise<boolean> {
  await using world = await start();
  let isClean = true;
  for (const way of world.ways) {
    const [figures] = await failovers(world, times, [way]);
    console.log(tableOf(name, [figures!]));
    const { falseSuccesses, falseLosses, untold } = figures!;
    isClean &&= falseSuccesses + falseLosses + untold === 0;
  }
  return isClean;
}
