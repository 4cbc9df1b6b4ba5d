import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  statisticsOf,
  type StatisticsRow,
} from "../../../src/cli/timeline/statistics.ts";
import { toMarkdown, toText } from "../../../src/cli/timeline/summary_text.ts";
import { RecordingScript } from "./world.ts";

/** A row as `phase subscriber: count p50/p95/worst failed missing kind index`. */
function short(row: StatisticsRow): string {
  const { phase, subscriber, count, p50, p95, worst, failed, missing } = row;
  const { kind, index } = row.worstItem ?? {};
  return `${phase} ${subscriber}: ${count} ${p50}/${p95}/${worst} ${failed} ${missing} ${kind} ${index}`;
}

/** Two subscribers of `load`, of which `b` fails once and is missing once. */
function sample(): RecordingScript {
  const script = new RecordingScript()
    .signal(0, "fio", "initialization")
    .answer(10, "fio", "initialization", "a")
    .answer(20, "fio", "initialization", "b");
  for (let n = 1; n <= 20; n++) {
    const at = n * 1_000;
    script.signal(at, "fio", "load", { sample_no: n })
      .answer(at + 1, "fio", "load", "a", { message: "half" })
      .answer(at + n * 10, "fio", "load", "a", { ras: 1 });
    if (n === 20) continue;
    script.answer(at + 500, "fio", "load", "b", { ras: n === 3 ? 0 : 1 });
  }
  return script.signal(30_000, "fio", "shutdown");
}

Deno.test("percentiles are by the nearest rank, and lead to the slowest answer", () => {
  const { subscribers } = statisticsOf(sample().build());
  assertEquals(subscribers.map(short), [
    "load a: 20 100/190/200 0 0 answer 60",
    "load b: 19 500/500/500 1 1 answer 4",
  ]);
});

Deno.test("a phase has a row for all its subscribers together", () => {
  const { phases, totals } = statisticsOf(sample().build());
  assertEquals(
    phases.map(short).map((text) => text.replace(/ answer .*/, "")),
    [
      "load 2 subscribers: 39 200/500/500 1 1",
    ],
  );
  assertEquals(totals, {
    ...{ publishers: 1, signals: 22, answers: 61, failed: 1, missing: 1 },
    gaps: 0,
  });
});

Deno.test("a subscriber that never answers has a row that leads to a missing answer", () => {
  const { subscribers } = statisticsOf(
    new RecordingScript()
      .answer(1, "fio", "initialization", "a")
      .signal(10, "fio", "load").signal(20, "fio", "shutdown").build(),
  );
  assertEquals(subscribers.map(short), [
    "load a: 0 undefined/undefined/undefined 0 1 missing 0",
  ]);
});

Deno.test("an answer that may have been given in a gap is not missing", () => {
  const { totals, subscribers } = statisticsOf(
    new RecordingScript()
      .answer(1, "fio", "initialization", "a")
      .signal(10, "fio", "load")
      .add(20, { type: "gap", duration: 5, reason: "reset" })
      .signal(30, "fio", "shutdown").build(),
  );
  assertEquals([totals.missing, totals.gaps, subscribers.length], [0, 1, 0]);
});

Deno.test("missing answers that are only counted are in the row of all subscribers", () => {
  const script = new RecordingScript();
  for (let n = 0; n < 400; n++) {
    script.answer(n, "fio", "initialization", `vm-${n}`);
  }
  for (let n = 0; n < 300; n++) script.signal(1_000 + n, "fio", "load");
  const { phases, subscribers, totals } = statisticsOf(script.build());
  assertEquals(phases.map(({ missing }) => missing), [120_000]);
  assertEquals([totals.missing, subscribers.length], [120_000, 0]);
});

Deno.test("publishers of one name are told apart by their ids", () => {
  const signal = (t: number, id: string) =>
    [t, "fio", "load", { publisher_id: `fio-${id}-0000-4000` }] as const;
  const script = new RecordingScript()
    .signal(...signal(0, "aaaaaaaa")).signal(...signal(1, "bbbbbbbb"));
  for (const id of ["aaaaaaaa", "bbbbbbbb"]) {
    const publisher_id = `fio-${id}-0000-4000`;
    script.answer(5, "fio", "load", "a", { ras: 1, publisher_id });
  }
  const { phases } = statisticsOf(script.build());
  assertEquals(phases.map(({ publisher }) => publisher), [
    "fio aaaaaaaa",
    "fio bbbbbbbb",
  ]);
});

Deno.test("the text has columns, and no control character of peers", () => {
  const script = new RecordingScript()
    .signal(0, "fio", "lo\u001b[31mad")
    .answer(1_500, "fio", "lo\u001b[31mad", "a", { ras: 1 });
  const text = toText(statisticsOf(script.build()), "run");
  assertEquals(
    text.split("\n"),
    [
      "run: 1 publisher, 1 signal, 1 answer, 0 failed, 0 missing",
      "",
      "publisher  phase    subscribers  count    p50    p95  worst  failed  missing",
      "fio        lo[31mad  1                1  1.5 s  1.5 s  1.5 s       0        0",
      "",
      "publisher  phase    subscriber  count    p50    p95  worst  failed  missing",
      "fio        lo[31mad  a               1  1.5 s  1.5 s  1.5 s       0        0",
      "",
    ].map((line) => line.replace(/phase /, "phase  ")),
  );
});

Deno.test("Markdown has tables, the subscribers with failures first, and no markup of peers", () => {
  const hostile = "a|b<img>`*[x](y)";
  const markdown = toMarkdown(
    statisticsOf(
      new RecordingScript().signal(0, "fio", hostile)
        .answer(1, "fio", hostile, "a", { ras: 1 })
        .answer(2, "fio", hostile, "b", { ras: 0 }).build(),
    ),
    hostile,
  );
  const rows = markdown.split("\n").filter((line) => line.startsWith("| fio"));
  assertEquals(rows.map((row) => row.split(" | ").length), [9, 9, 9]);
  assertStringIncludes(rows[1]!, "| b |");
  assertEquals(/[`*[]|<(?!\/?(details|summary)>)/.test(markdown), false);
});

Deno.test("Markdown leaves out rows that a summary has no room for", () => {
  const script = new RecordingScript().signal(0, "fio", "load");
  for (let n = 0; n < 250; n++) {
    script.answer(n, "fio", "load", `vm-${n}`, { ras: 1 });
  }
  const markdown = toMarkdown(statisticsOf(script.build()), "run");
  assertStringIncludes(markdown, "50 more rows left out.");
  assertEquals(markdown.match(/^\| fio/gm)!.length, 201);
});
