/**
 * Links that are cut while they are remade.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { RedisClient } from "../../src/redis/mod.ts";
import type { Direction, FaultProxy } from "../support/fault_proxy.ts";
import { type Random, withRandom } from "../support/random.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { until, within } from "../support/wait.ts";
import { LinkStage, SWIFT } from "./link_stage.ts";
import { percentiles, scenario } from "./scenario.ts";
import { Tally } from "./tally.ts";

/** Rounds for each of the four places of a cut. */
const ROUNDS = 5;
const CHANNEL = "c";

scenario(
  7,
  "a link that is cut during HELLO, AUTH or SUBSCRIBE ends up with exactly one subscription",
  { needs: needsRedis("Links that are cut while they are remade are") },
  (report) =>
    withRandom(async (random) => {
      const tally = new Tally();
      const back: number[] = [];
      await using stage = await LinkStage.open({ password: "sesame" });
      const proxy = await stage.proxy();
      await using client = await RedisClient.connect({
        ...SWIFT,
        url: proxy.url,
        password: "sesame",
      });
      const messages: string[] = [];
      await client.subscribe([CHANNEL], {
        message: (payload) => void messages.push(payload),
      });
      const cuts = cutsOf(proxy);
      const rounds: string[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        for (const [name, cut] of Object.entries(cuts)) {
          const message = `${name}, round ${round}`;
          rounds.push(message);
          await tally.try(message, async () => {
            const point = cut.at(random);
            const again = proxy.cutAfter(cut.direction, point);
            const since = performance.now();
            proxy.cut();
            await within(again, { what: `the cut after ${point} bytes` });
            await stage.subscribers(CHANNEL, 1);
            await until(() => proxy.connections === 2, {
              what: "one connection for commands and one for subscriptions",
            });
            await stage.subscribers(CHANNEL, 1);
            back.push(performance.now() - since);
            assertEquals(await client.publish(CHANNEL, message), 1);
            await until(() => messages.includes(message), { what: message });
          });
        }
      }
      assertEquals(messages, rounds);
      report(tally.findings(
        `one subscription each time, back ${percentiles(back)}`,
      ));
    }),
);

interface Cut {
  readonly direction: Direction;
  /** The number of bytes before the cut. */
  at(random: Random): number;
}

/** The ranges of bytes in which the subscriber's link can be cut while it is opened. */
function cutsOf(proxy: FaultProxy): Record<string, Cut> {
  const [commands, subscriber] = proxy.recordings;
  const between = (
    direction: Direction,
    from: number,
    to: number,
  ): Cut => ({ direction, at: (random) => random.int(from, to) });
  const size = (direction: Direction) => ({
    greeting: commands!.bytes(direction).length,
    all: subscriber!.bytes(direction).length,
  });
  const toServer = size("toServer");
  const toClient = size("toClient");
  return {
    "in HELLO": between("toServer", 1, toServer.greeting),
    "in its reply": between("toClient", 1, toClient.greeting),
    "in SUBSCRIBE": between("toServer", toServer.greeting + 1, toServer.all),
    "in its confirmation": between(
      "toClient",
      toClient.greeting + 1,
      toClient.all,
    ),
  };
}
