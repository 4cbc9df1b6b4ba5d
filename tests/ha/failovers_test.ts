import { assert, assertEquals } from "@std/assert";
import { needsRedis } from "../support/redis_binary.ts";
import { barrierLine, barriers } from "./barriers.ts";
import { failovers, tableOf } from "./failovers.ts";
import { clusterWorld, sentinelWorld, type World } from "./worlds.ts";

/** A seed with which no party of the first two barriers aborts, so that none waits for its timeout. */
const SEED = 4;

async function failOverOnce(name: string, world: World): Promise<void> {
  const figures = await failovers(world, 1);
  console.log(tableOf(name, figures));
  assert(figures.every(({ failovers }) => failovers === 1));
  for (const { falseSuccesses, falseLosses, untold } of figures) {
    assertEquals([falseSuccesses, falseLosses, untold], [0, 0, 0]);
  }
}

Deno.test(
  "with Sentinel no failover makes a false success or a false loss, and the next publish succeeds",
  needsRedis("Failover with Sentinel"),
  async () => {
    await using world = await sentinelWorld();
    await failOverOnce("Sentinel", world);
  },
);

Deno.test({
  name: "with Cluster a failover",
  ...needsRedis("Failover with Cluster"),
  async fn(t) {
    await using world = await clusterWorld();
    await t.step(
      "makes no false success and no false loss, and the next publish succeeds",
      () => failOverOnce("Cluster", world),
    );
    await t.step(
      "lets no party leave a barrier while another gets a definite failure",
      async () => {
        const figures = await barriers(world, 2, SEED);
        console.log(barrierLine(figures));
        assertEquals(figures.splits, []);
        assertEquals(figures.rounds, 2);
      },
    );
  },
});
