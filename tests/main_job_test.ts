/**
 * The main job: one table of cases, run over every place
 * where exporters and responders can meet.
 *
 * @module
 */

import { ANSWERING } from "./main_job/answering_cases.ts";
import { JOINING } from "./main_job/joining_cases.ts";
import { LISTENING } from "./main_job/listening_cases.ts";
import { PUBLISHING } from "./main_job/publishing_cases.ts";
import { TELLING } from "./main_job/telling_cases.ts";
import { WAITING } from "./main_job/waiting_cases.ts";
import { places } from "./support/places.ts";
import { Stage } from "./support/stage.ts";

const CASES = Object.entries({
  ...JOINING,
  ...PUBLISHING,
  ...ANSWERING,
  ...WAITING,
  ...LISTENING,
  ...TELLING,
});

for (const { name, ignore, open } of places()) {
  Deno.test({
    name: `the main job works ${name}`,
    ignore,
    async fn(t) {
      await using place = await open();
      for (const [name, run] of CASES) {
        await t.step(name, async () => {
          await using stage = new Stage(place);
          await run(stage);
        });
      }
    },
  });
}
