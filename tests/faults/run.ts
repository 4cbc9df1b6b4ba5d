/**
 * Runs every fault scenario and prints the findings of each:
 *
 *     deno run -A tests/faults/run.ts [--only 2,3] [FILE...]
 *
 * Fails if a scenario is missing, did not hold, or its test failed.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { REPORT_VARIABLE, type Row } from "./scenario.ts";
import { complaintsOf, tableOf } from "./table.ts";

const SCENARIOS = 33;
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { only: { type: "string" } },
  allowPositionals: true,
});
const expected = values.only?.split(",").map(Number) ??
  Array.from({ length: SCENARIOS }, (_, index) => index + 1);
const files = positionals.length > 0
  ? positionals
  : [fileURLToPath(new URL(".", import.meta.url))];

const { passed, rows } = await runTests(files);
const complaints = complaintsOf(rows, expected);
if (!passed) complaints.push("A test failed");
console.log(`\n${tableOf(rows)}\n`);
for (const complaint of complaints) console.error(complaint);
Deno.exit(complaints.length > 0 ? 1 : 0);

async function runTests(
  files: readonly string[],
): Promise<{ passed: boolean; rows: Row[] }> {
  const report = await Deno.makeTempFile({ prefix: "faults-" });
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "--quiet", "--allow-all", "--config", CONFIG],
        ...files,
      ],
      env: { [REPORT_VARIABLE]: report },
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    const lines = (await Deno.readTextFile(report)).split("\n").filter(Boolean);
    return { passed: success, rows: lines.map((line) => JSON.parse(line)) };
  } finally {
    await Deno.remove(report);
  }
}
