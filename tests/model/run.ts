/**
 * The random model test: exporters, responders of this module in every style,
 * and Python responders, each in a process of its own, on real servers, in calm,
 * moody and stormy weather; and an oracle that knows what each responder did.
 *
 *     deno task model [--minutes N] [--seed S]     as many episodes as fit
 *     deno task model --episode SEED               one episode once more
 *     deno task model --keep DIR                   writes what was said in the
 *                                                  episodes that violate a rule
 *
 * `STATE_SIGNALS_PYTHON` names the interpreter that has the Python package.
 *
 * How to read it: a line for each episode, with the seed that plays it again
 * (its chances are the same, its timing is not), then a table. "missing" rows
 * count publishes that miss an acknowledgement for that reason, which storms
 * make honest ones; "responses not credited" are those that no publish was
 * proven to be for. Every count under "violations" must be 0: `oracle.ts` says
 * what each means. It exits with 1 where one is not.
 *
 * Where to look: `plan.ts` what a seed decides, `lanes.ts` what happens,
 * `worlds.ts` servers, `roles/` the processes, `finale.ts` the end of an episode,
 * `oracle.ts` and `losses.ts` what is held against what.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Random } from "../support/random.ts";
import { type EpisodeRecord, playEpisode, StrangerError } from "./episode.ts";
import { judge, type Violation } from "./oracle.ts";
import { planOf } from "./plan.ts";
import { Table } from "./table.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    episode: { type: "string" },
    keep: { type: "string" },
  },
});
const table = new Table();
if (values.episode !== undefined) await play(Number(values.episode));
else {
  console.log(`seed ${values.seed}`);
  const seeds = new Random(Number(values.seed));
  const end = performance.now() + Number(values.minutes) * 60_000;
  while (performance.now() < end) await play(seeds.int(0, 2 ** 31));
}
console.log(table.lines().join("\n"));
Deno.exit(table.violations > 0 ? 1 : 0);

async function play(seed: number): Promise<void> {
  const plan = planOf(seed);
  const { weather, world, styles, pythons, exporter } = plan;
  const since = performance.now();
  let record: EpisodeRecord;
  try {
    record = await playEpisode(plan);
  } catch (cause) {
    if (cause instanceof StrangerError) {
      console.log(`episode ${seed}: not judged. ${cause.message}`);
      return;
    }
    throw new Error(`Cannot play the episode ${seed}`, { cause });
  }
  const violations = judge(record);
  table.add(record, violations);
  const took = ((performance.now() - since) / 1_000).toFixed(1);
  const publishes = record.exporters.flatMap(({ lines }) => lines)
    .filter(({ said }) => said === "called").length;
  console.log(
    `episode ${seed}: ${weather}, ${world}, ${styles.length} of ours, ${pythons} of Python, ` +
      `correlation ${exporter.correlation}; ${publishes} publishes in ${took} s` +
      (violations.length === 0 ? "" : `; ${violations.length} VIOLATIONS`),
  );
  for (const { kind, text } of violations) console.log(`  ${kind}: ${text}`);
  if (violations.length > 0 && values.keep !== undefined) {
    await keep(record, violations, values.keep);
  }
}

/** Writes everything that was said, in the order of time. */
async function keep(
  record: EpisodeRecord,
  violations: readonly Violation[],
  directory: string,
): Promise<void> {
  const { plan, exporters, responders, wire } = record;
  const lines = [...exporters, ...responders].flatMap((
    { name, id, lines, troubles },
  ) => [
    ...lines.map((line) => ({ ...line, name, id })),
    ...troubles.map(({ what, from, to }) => ({ at: from, name, what, to })),
  ]);
  const all = [...lines, ...wire].sort((one, other) => one.at - other.at);
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/${plan.seed}.ndjson`,
    [plan, ...violations, ...all].map((each) => JSON.stringify(each))
      .join("\n"),
  );
}
