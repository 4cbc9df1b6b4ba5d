/**
 * `once()` in more orders of steps than the tests take, in random orders, and
 * among real processes, whose links are cut and made mute, and which are killed
 * and stopped, on the embedded broker and on Redis.
 *
 *     deno task once [--orders 1] [--walks 10000] [--rounds 500] [--seed S]
 *
 * `--orders` is how many steps may come out of turn, and one more where two parties
 * suffer few faults; 1 takes some minutes, 0 leaves the orders out. "unknown"
 * counts calls that ended so. Overlaps after an abort or a standstill are functions
 * that ran beside another one although their signal had aborted, or while their
 * process stood still. It exits with 1 if results differed or functions overlapped
 * within the rules. What a round does follows from its seed, but for its timing.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Broker } from "../../../src/broker/mod.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { FAULTS, MORE_FAULTS } from "./faults.ts";
import { exploreOnce } from "./play.ts";
import { storm } from "./storm.ts";
import { Tally } from "./tally.ts";
import { walkOnce, type Walks } from "./walk.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    orders: { type: "string", default: "1" },
    walks: { type: "string", default: "10000" },
    rounds: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const [orders, walks, rounds, seed] = [
  Number(values.orders),
  Number(values.walks),
  Number(values.rounds),
  Number(values.seed),
];
let violations = 0;
if (orders > 0) {
  order(["a", "b"], FAULTS, orders + 1);
  order(["a", "b"], MORE_FAULTS, orders);
  order(["a", "b", "c"], { ...FAULTS, ...MORE_FAULTS }, orders);
}
if (walks > 0) wander();
if (rounds > 0) {
  {
    await using broker = Broker.listen();
    await play("broker", broker);
  }
  await using server = await RedisServer.start();
  await play("redis", server);
}
Deno.exit(violations > 0 ? 1 : 0);

/** Takes every order of steps with each of some faults; a violation throws. */
function order(
  names: readonly string[],
  some: typeof FAULTS,
  deviations: number,
): void {
  for (const [what, faults] of Object.entries(some)) {
    for (const slow of [false, true]) {
      const all = { late: 1, ticks: 6, beats: 2, slow, ...faults };
      const { states, ends, overlaps } = exploreOnce(names, all, deviations);
      console.log(
        `${names.length} parties, ${what}, slow ${slow}: ${states} states, calls: ${
          JSON.stringify(ends)
        }, ${overlaps} overlaps after an abort`,
      );
    }
  }
}

/** Takes random orders of steps; a violation throws. */
function wander(): void {
  const seen: Walks = { ends: {}, overlaps: 0 };
  for (let n = 0; n < walks; n++) walkOnce(seed + n, seen);
  console.log(
    `${walks} walks from seed ${seed}: calls: ${
      JSON.stringify(seen.ends)
    }, ${seen.overlaps} overlaps after an abort`,
  );
}

async function play(
  name: string,
  server: { hostname: string; port: number },
): Promise<void> {
  const tally = new Tally();
  await storm(server, rounds, seed, tally);
  console.log(`${name}, seed ${seed}: ${tally.line}`);
  for (const violation of tally.violations) console.log(`  ${violation}`);
  violations += tally.violations.length;
}
