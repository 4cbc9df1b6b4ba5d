/**
 * Fails over sentinels and clusters many times: `deno task test:ha [TIMES [Sentinel|Cluster]]`.
 *
 * @module
 */
import { failovers, tableOf } from "./failovers.ts";
import { clusterWorld, sentinelWorld } from "./worlds.ts";

const times = Number(Deno.args[0] ?? 50);
const only = Deno.args[1];
let isClean = true;
for (
  const [name, start] of [
    ["Sentinel", sentinelWorld],
    ["Cluster", clusterWorld],
  ] as const
) {
  if (only !== undefined && only !== name) continue;
  await using world = await start();
  const figures = await failovers(world, times);
  console.log(tableOf(name, figures));
  isClean &&= figures.every((each) =>
    each.falseSuccesses + each.falseLosses + each.untold === 0
  );
}
Deno.exit(isClean ? 0 : 1);
