/**
 * The short form of the soak: `soak.ts` runs it for any time.
 *
 * @module
 */

import { withRandom } from "../support/random.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { scenario } from "./scenario.ts";
import { soak } from "./soak/soak.ts";

scenario(
  31,
  "in a soak of mixed faults every publish settles in time with a true result",
  { needs: needsRedis("The soak is") },
  async (report) => {
    await withRandom(async ({ seed }) => {
      const { ledger, lines, complaints } = await soak({
        duration: 6_000,
        pace: 400,
        seed,
      });
      const figure = [
        `seed ${seed}`,
        ...lines.slice(-3).map((line) => line.replace(/\s+/g, " ")),
      ].join("; ");
      const well = complaints.length === 0;
      report({
        tried: ledger.started,
        held: well ? ledger.settled : 0,
        figure: well ? figure : [figure, ...lines, ...complaints].join("\n  "),
      });
    });
  },
);
