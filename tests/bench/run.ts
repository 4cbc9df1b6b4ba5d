/**
 * Measures this module and its peers side by side on a real Redis server:
 *
 *     deno task bench [--only a,b,...] [--contenders ours,bare,...]
 *       [--repeats 5] [--quick] [--json]
 *
 * README.md beside this file says what each measure is.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { barsOf } from "./bars.ts";
import type { Bench, Measure } from "./bench.ts";
import { CONTENDERS, present } from "./contenders.ts";
import { describeMachine } from "./machine.ts";
import { barrier } from "./measures/barrier.ts";
import { broker } from "./measures/broker.ts";
import { cheapReject } from "./measures/cheap_reject.ts";
import { coldStart } from "./measures/cold_start.ts";
import { commands } from "./measures/commands.ts";
import { crowd } from "./measures/crowd.ts";
import { fanOut } from "./measures/fan_out.ts";
import { idle } from "./measures/idle.ts";
import { payloads } from "./measures/payloads.ts";
import { publish } from "./measures/publish.ts";
import { receive } from "./measures/receive.ts";
import { roundTrip } from "./measures/round_trip.ts";
import { stop } from "./measures/stop.ts";
import { barsText, tableText } from "./report.ts";
import { Results } from "./results.ts";

const MEASURES: Readonly<Record<string, Measure>> = {
  a: roundTrip,
  b: publish,
  c: receive,
  d: fanOut,
  e: cheapReject,
  f: coldStart,
  g: idle,
  h: payloads,
  i: broker,
  j: commands,
  k: crowd,
  l: stop,
  m: barrier,
};

const { values } = parseArgs({
  args: Deno.args,
  options: {
    only: { type: "string", default: Object.keys(MEASURES).join() },
    contenders: { type: "string", default: CONTENDERS.join() },
    repeats: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const machine = describeMachine();
const failures: string[] = [];
const results = new Results();
const bench: Bench = {
  contenders: await present(
    listed(values.contenders, "contenders", CONTENDERS),
    console.error,
  ),
  repeats: Number(values.repeats ?? (values.quick ? 1 : 5)),
  quick: values.quick,
  results,
  note: (text) => console.error(text),
  fail(text) {
    failures.push(text);
    console.error(text);
  },
};
if (Deno.build.os !== "linux") {
  throw new Error(
    "Cannot measure as this system has no /proc: run it on Linux",
  );
}
const measures = listed(values.only, "only", Object.keys(MEASURES));
for (const id of measures) await MEASURES[id]!(bench);

const tables = results.tables();
const bars = barsOf(tables).filter(({ measure }) => measures.includes(measure));
if (values.json) {
  console.log(JSON.stringify({ machine, tables, bars, failures }));
} else {
  const { system, processor, cores, load, deno, redis } = machine;
  console.log(
    `\n${cores} × ${processor}, ${system}, load ${load.toFixed(2)}; ` +
      `Deno ${deno}, Redis ${redis}; medians of ${bench.repeats} repeats\n`,
  );
  for (const table of tables) console.log(tableText(table));
  console.log(barsText(bars));
  for (const failure of failures) console.log(failure);
}
Deno.exit(failures.length > 0 ? 1 : 0);

function listed<Name extends string>(
  text: string,
  option: string,
  known: readonly Name[],
): Name[] {
  return text.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found !== undefined) return found;
    throw new RangeError(
      `Cannot use --${option} as it must list some of ${
        known.join(", ")
      }: current value is ${text}`,
    );
  });
}
