import { assert, assertEquals } from "@std/assert";
import { needsRedis } from "../support/redis_binary.ts";
import { failovers, tableOf } from "./failovers.ts";
import { barrierLine, barriers } from "./barriers.ts";
import { clusterWorld, sentinelWorld } from "./worlds.ts";

for (
  const [name, start] of [
    ["Sentinel", sentinelWorld],
    ["Cluster", clusterWorld],
  ] as const
) {
  Deno.test(
    `with ${name} no failover makes a false success or a false loss, and the next publish succeeds`,
    needsRedis(`Failover with ${name}`),
    async () => {
      await using world = await start();
      const figures = await failovers(world, 1);
      console.log(tableOf(name, figures));
      assert(figures.every(({ failovers }) => failovers === 1));
      for (const { falseSuccesses, falseLosses, untold } of figures) {
        assertEquals([falseSuccesses, falseLosses, untold], [0, 0, 0]);
      }
    },
  );
}

Deno.test(
  "no party leaves a barrier in a cluster while another gets a definite failure",
  needsRedis("A barrier in a cluster"),
  async () => {
    await using world = await clusterWorld();
    const figures = await barriers(world, 3);
    console.log(barrierLine(figures));
    assertEquals(figures.splits, []);
    assert(figures.opened > 0);
  },
);
