/**
 * The fault scenarios of the link, for every client with an adapter: what holds
 * for each is tried, and printed as a table.
 *
 * @module
 */

import {
  ADAPTER_CLIENTS,
  type AdapterClient,
} from "../support/adapter_clients.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { DISTURBED_LINKS } from "./disturbed_links.ts";
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
    fn: (t) => survive(client, t),
  });
}

async function survive(
  client: AdapterClient,
  t: Deno.TestContext,
): Promise<void> {
  const rows: string[] = [];
  for (const { number, title, run } of SCENARIOS) {
    let figure = "";
    const holds = await t.step(`[fault ${number}] ${title}`, async () => {
      figure = await run(client);
    });
    const verdict = holds ? `holds: ${figure}` : "DOES NOT HOLD";
    rows.push(`${client.name}  ${String(number).padStart(2)}  ${verdict}`);
  }
  console.log(rows.join("\n"));
}
