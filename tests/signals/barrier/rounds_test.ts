/**
 * Barriers with values and quorums on real servers, with cut links and killed
 * processes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SERVERS } from "../../interop/servers.ts";
import { withRandom } from "../../support/random.ts";
import { playRounds } from "./rounds.ts";

for (const { name, ignore, start } of SERVERS) {
  Deno.test({
    name:
      `no party opens where another fails, and no values differ, on ${name}`,
    ignore,
    async fn() {
      await withRandom(async ({ seed }) => {
        await using server = await start();
        const account = await playRounds(server.url, 40, seed);
        console.log(`seed ${seed}: ${JSON.stringify(account)}`);
        assertEquals(account.complaints, []);
        assert(account.openings > 10, `${account.openings} openings`);
      });
    },
  });
}
