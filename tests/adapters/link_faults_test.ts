/**
 * The fault scenarios of the link, for every client with an adapter: what holds
 * for each is tried, and printed as a table.
 *
 * @module
 */

import { ADAPTER_CLIENTS } from "../support/adapter_clients.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { DISTURBED_LINKS } from "./disturbed_links.ts";
import { survive } from "./link_scenario.ts";
import { LOST_LINKS } from "./lost_links.ts";
import { REFUSALS } from "./refusals.ts";

const SCENARIOS = [...LOST_LINKS, ...DISTURBED_LINKS, ...REFUSALS].toSorted(
  (a, b) => a.number - b.number,
);
const { ignore } = needsRedis("Faults of the links of existing clients are");

for (const client of ADAPTER_CLIENTS) {
  Deno.test({
    name: `the link through ${client.name} survives what it has to`,
    ignore,
    fn: (t) => survive(client, SCENARIOS, t),
  });
}
