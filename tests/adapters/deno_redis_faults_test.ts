/**
 * The fault scenarios of the link, for the real x/redis: what holds is tried,
 * and printed as a table.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { AdapterClient } from "../support/adapter_clients.ts";
import {
  MADE_CLIENTS,
  needsDenoRedis,
  PAIR_OF_CLIENTS,
} from "../support/deno_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { AdapterStage, Listener } from "./adapter_stage.ts";
import { DISTURBED_LINKS } from "./disturbed_links.ts";
import { type LinkScenario, survive } from "./link_scenario.ts";
import { LOST_LINKS } from "./lost_links.ts";
import { forbidden, REFUSALS } from "./refusals.ts";

const SCENARIOS = inOrder([...LOST_LINKS, ...DISTURBED_LINKS, ...REFUSALS]);

/** Whose credentials a pair has is its owner's affair, as is to connect it. */
const PAIR_SCENARIOS = inOrder([
  ...SCENARIOS.filter(({ number }) => number !== 15),
  {
    number: 15,
    title: "a channel is forbidden: typed; x/redis can't log in again: told",
    async run(client) {
      await forbidden(client);
      return `given up after ${(await stayLoggedOut(client)).toFixed(0)} ms`;
    },
  },
]);

const WHAT = "Faults of the links of x/redis are";
const ignore = needsRedis(WHAT).ignore || needsDenoRedis(WHAT).ignore;

Deno.test({
  name:
    "the link through clients that a function makes survives what it has to",
  ignore,
  fn: (t) => survive(MADE_CLIENTS, SCENARIOS, t),
});

Deno.test({
  name: "the link through a pair survives what x/redis does",
  ignore,
  // A client of x/redis that was closed goes on trying to connect for a while.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) => survive(PAIR_OF_CLIENTS, PAIR_SCENARIOS, t),
});

function inOrder(scenarios: readonly LinkScenario[]): LinkScenario[] {
  return scenarios.toSorted((a, b) => a.number - b.number);
}

/** Resolves with the milliseconds until a cut link was told to be lost for good. */
async function stayLoggedOut(client: AdapterClient): Promise<number> {
  await using stage = await AdapterStage.open(client, { password: "sesame" });
  const proxy = await stage.proxy();
  const listener = new Listener();
  await stage.transport(`redis://:sesame@127.0.0.1:${proxy.port}`)
    .subscribe(["news"], listener);
  const began = performance.now();
  proxy.cut();
  const { cause } = await listener.changed("closed");
  assert(cause.message.includes("NOAUTH"), cause.message);
  assertEquals(listener.changes.map(({ state }) => state), ["down", "closed"]);
  return performance.now() - began;
}
