/**
 * `once()` among real processes, whose links are cut and made mute, and which
 * are killed and stopped, on the embedded broker and on Redis.
 *
 *     deno task once [--rounds 500] [--seed S] [--only broker|redis]
 *
 * "unknown" counts calls that ended so, "apart" functions that ran beside another
 * one although their signal had aborted, or while their process stood still.
 * Differing results and overlaps within the rules must be 0; else it exits with 1.
 * What a round does follows from its seed, but for its timing.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Broker } from "../../../src/broker/mod.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { storm } from "./storm.ts";
import { Tally } from "./tally.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    only: { type: "string", default: "" },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
let violations = 0;
if (values.only !== "redis") {
  await using broker = Broker.listen();
  await play("broker", broker);
}
if (values.only !== "broker") {
  await using server = await RedisServer.start();
  await play("redis", server);
}
Deno.exit(violations > 0 ? 1 : 0);

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
