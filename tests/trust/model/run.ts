/**
 * Explores the rules deeper than the tests do, and prints what it finds.
 *
 *     deno task explore [--ops N] [--ops-own N] [--peers 1|2] [--window W]
 *       [--fence N] [--lossy] [--check-every N] [--without RULE]
 *
 * Part P are Python peers, part O two processes of one id of this module. `--ops`
 * is how many operations of the exporter follow each other. `--without` takes a
 * rule out, whose names are in `order_rules.ts` and `own_model.ts`; what is found
 * then is what the rule prevents. Each step costs about five times as much as
 * the one before: P with 8 takes half a minute, O with 5 a minute.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { exploreOwn, explorePython, type Outcome } from "./explorations.ts";
import type { OrderRule } from "./order_rules.ts";
import type { OwnRule } from "./own_model.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    ops: { type: "string", default: "7" },
    "ops-own": { type: "string", default: "4" },
    peers: { type: "string", default: "1" },
    window: { type: "string", default: "Infinity" },
    fence: { type: "string", default: "Infinity" },
    lossy: { type: "boolean", default: false },
    "check-every": { type: "string", default: "20" },
    without: { type: "string" },
  },
});
const operations = Number(values.ops);
const checkEvery = Number(values["check-every"]);
if (operations > 0) {
  print(
    "P",
    explorePython({
      operations,
      peers: Number(values.peers),
      window: Number(values.window),
      maxFence: Number(values.fence),
      isLossy: values.lossy,
      checkEvery,
      ...(values.without ? { without: values.without as OrderRule } : {}),
    }),
  );
}
if (Number(values["ops-own"]) > 0) {
  print(
    "O",
    exploreOwn({
      operations: Number(values["ops-own"]),
      checkEvery,
      ...(values.without ? { without: values.without as OwnRule } : {}),
    }),
  );
}

function print(
  part: string,
  { states, checked, findings, recoveries }: Outcome,
): void {
  const cases = [...recoveries].sort().map(([tries, count]) =>
    `${tries}: ${count}`
  );
  console.log(
    [
      `part ${part}: ${states} states, ${checked} transitions made by src as well`,
      `  publishes until a live peer counts: cases  ${cases.join(", ")}`,
      ...findings.lines,
    ].join("\n"),
  );
}
