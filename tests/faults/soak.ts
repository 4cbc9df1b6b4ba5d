/**
 * Runs the module under mixed faults, and prints the account of all publishes:
 *
 *     deno run -A tests/faults/soak.ts [--minutes N] [--seed S]
 *
 * Fails if there is a complaint.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { soak } from "./soak/soak.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const { lines, complaints } = await soak({
  duration: positive("--minutes", values.minutes) * 60_000,
  pace: 2_000,
  seed: positive("--seed", values.seed),
});
console.log(lines.join("\n"));
for (const complaint of complaints) console.error(complaint);
Deno.exit(complaints.length > 0 ? 1 : 0);

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new RangeError(
    `Cannot use ${name} as it must be a number above 0: current value is ${text}`,
  );
}
