/**
 * Recordings with more in them than can be drawn.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TimelineBuilder } from "../../../src/cli/timeline/builder.ts";
import { toChromeTrace } from "../../../src/cli/timeline/chrome_trace.ts";
import { toHtml } from "../../../src/cli/timeline/html.ts";
import { Description } from "../../../src/cli/timeline/page/describe.ts";
import { run } from "../cli.ts";
import { brokenRules } from "./trace_rules.ts";
import { RecordingScript } from "./world.ts";

/** So many subscribers, none of which answers any of so many signals. */
function unanswered(subscribers: number, signals: number): RecordingScript {
  const script = new RecordingScript();
  for (let n = 0; n < subscribers; n++) {
    script.answer(n, "fio", "initialization", `vm-${n}`);
  }
  for (let n = 0; n < signals; n++) {
    script.signal(subscribers + n, "fio", `event-${n % 5}`);
  }
  return script;
}

Deno.test("16,000 signals that 1,000 subscribers leave unanswered are drawn", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/run.ndjson`;
    await Deno.writeTextFile(file, unanswered(1_000, 16_000).text);
    for (const ending of ["html", "json"]) {
      const OUT = `${directory}/run.${ending}`;
      const begin = performance.now();
      const { code, stdout, stderr } = await run(
        ["timeline", file, "--out", OUT, "--json"],
        { values: { FILE: file, OUT } },
      );
      const ms = performance.now() - begin;
      assertEquals(code, 0, stderr);
      assert(ms < 20_000, `${ms} ms`);
      assertEquals(JSON.parse(stdout).missing, 16_000_000);
      assertStringIncludes(stderr, "16000000 missing answers are too many");
      const { size } = await Deno.stat(OUT);
      assert(size < 30e6, `${size} bytes`);
    }
    const trace = JSON.parse(
      await Deno.readTextFile(`${directory}/run.json`),
    );
    assertEquals(brokenRules(trace.traceEvents), []);
    assert(
      trace.traceEvents.some(({ name }: { name: string }) =>
        name === "event-0: 1000 missing"
      ),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("missing answers are counted where they are too many, lane by lane", () => {
  const script = unanswered(400, 300);
  script.answer(1_000, "fio", "event-4", "vm-7", { ras: 1 })
    .signal(2_000, "uperf", "initialization")
    .answer(2_001, "uperf", "initialization", "vm-1")
    .signal(2_002, "uperf", "start")
    .add(3_000, { type: "end", reason: "interrupted" });
  const timeline = script.build();
  const [fio, uperf] = timeline.lanes;
  assertEquals([fio!.missing.length, fio!.unanswered.length], [0, 300]);
  assertEquals(fio!.unanswered.slice(-2), [
    { signal: 298, until: 699, count: 400 },
    { signal: 299, until: 3_000, count: 399 },
  ]);
  assertEquals([uperf!.missing.length, uperf!.unanswered.length], [1, 0]);
  const description = new Description(timeline);
  assertEquals(
    description.summary({ kind: "signal", lane: 0, index: 299 })[1],
    "1 succeeded, 399 missing",
  );
});

Deno.test("what is beyond the budget is counted, and said from when on", async () => {
  const builder = new TimelineBuilder();
  const at = "2025-06-01T12:00:00.000Z";
  const signal = (n: number) =>
    JSON.stringify({
      publisher_id: "fio",
      process_name: "fio",
      event: `e${n % 3}`,
      runner_host: "h",
      sample_no: n,
      tag: "t",
    });
  const response = JSON.stringify({
    responder_id: "a",
    publisher_id: "fio",
    event: "e1",
    ras: 1,
  });
  const count = 520_000;
  for (let n = 0; n < count; n++) {
    builder.add({ at, t: n, type: "signal", payload: signal(n) });
  }
  builder.add({ at, t: count, type: "response", payload: response });
  const timeline = builder.build(0);
  const { undrawn, lanes, gaps, end } = timeline;
  const drawn = lanes[0]!.signals.length;
  assert(drawn > 499_000 && drawn < 500_000, `${drawn}`);
  assertEquals(undrawn, { from: drawn, signals: count - drawn, answers: 1 });
  assertEquals([gaps.at(-1)!.from, gaps.at(-1)!.to], [drawn, end]);
  assertStringIncludes(gaps.at(-1)!.reason, "too much to be drawn: 20050 sig");
  assertEquals(brokenRules(toChromeTrace(timeline).traceEvents), []);
  assertStringIncludes(await toHtml(timeline, "much"), '"undrawn":{');
});

Deno.test("publishers, texts and malformed messages are bounded, too", () => {
  const publishers = new RecordingScript();
  for (let n = 0; n < 10_500; n++) publishers.signal(n, `p${n}`, "start");
  assert(publishers.build().lanes.length <= 10_000);

  const texts = new RecordingScript();
  const metadata = { text: "x".repeat(150_000) };
  for (let n = 0; n < 400; n++) texts.signal(n, "fio", "start", { metadata });
  const { lanes: [lane], undrawn } = texts.build();
  assertEquals(lane!.signals.length + undrawn!.signals, 400);
  assertEquals(
    lane!.signals[0]!.metadata!.slice(-50).replace(/x+/, ""),
    "… and 50011 more characters",
  );
});

Deno.test("40,000 gaps and as many missing answers are judged soon", () => {
  const script = unanswered(1, 40_000);
  for (let n = 0; n < 40_000; n++) {
    script.add(40_001 + n / 1e3, { type: "gap", duration: 0, reason: "reset" });
  }
  const begin = performance.now();
  const [lane] = script.build().lanes;
  const ms = performance.now() - begin;
  assert(ms < 5_000, `${ms} ms`);
  assertEquals(lane!.missing.filter(({ unheard }) => unheard).length, 1);
});
