/**
 * Explores barriers deeper than the tests do, and plays rounds on real servers:
 *
 *     deno task barriers [--rounds 500] [--walks 10000] [--seed S]
 *       [--without-explorations]
 *
 * Fails if there is a complaint. The explorations take about a quarter of an hour.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { SERVERS } from "../../interop/servers.ts";
import { explore, walk } from "../../support/barrier_play.ts";
import { Random } from "../../support/random.ts";
import { EXPLORATIONS, namesOf, someFaults, WALKS } from "./explorations.ts";
import { playRounds } from "./rounds.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "500" },
    walks: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    "without-explorations": { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
let complaints = 0;
for (const { name, ignore, start } of SERVERS) {
  if (ignore) continue;
  await using server = await start();
  const account = await playRounds(server.url, Number(values.rounds), seed);
  console.log(`${name}: ${JSON.stringify(account)}`);
  complaints += account.complaints.length;
}
for (const [what, options] of Object.entries(WALKS)) {
  const names = namesOf(options);
  let openings = 0;
  for (let n = 0; n < Number(values.walks); n++) {
    const random = new Random(seed + n);
    const faults = someFaults(names, random);
    openings += walk(options, names, faults, random).openings.length;
  }
  console.log(`${values.walks} random orders, ${what}: ${openings} openings`);
}
for (const [what, exploration] of Object.entries(EXPLORATIONS)) {
  if (values["without-explorations"]) break;
  const { options, names, faults, atEnd } = exploration;
  const states = explore(options, names, faults, atEnd);
  console.log(`every interleaving, ${what}: ${states} states`);
}
Deno.exit(complaints > 0 ? 1 : 0);
