import { assert, assertEquals } from "@std/assert";
import {
  toChromeTrace,
  type TraceEvent,
  traceText,
} from "../../../src/cli/timeline/chrome_trace.ts";
import { Random } from "../../support/random.ts";
import { brokenRules } from "./trace_rules.ts";
import { RecordingScript } from "./world.ts";

const trace = toChromeTrace(
  new RecordingScript()
    .signal(10, "fio", "initialization")
    .answer(12, "fio", "initialization", "node-1")
    .signal(20.5, "fio", "load-start", { sample_no: 3, metadata: { jobs: 4 } })
    .answer(21, "fio", "load-start", "node-1", { message: "at work" })
    .answer(24, "fio", "load-start", "node-1", { ras: 0, message: "disk full" })
    .signal(30, "fio", "load-stop")
    .signal(40, "fio", "shutdown")
    .add(50, { type: "gap", duration: 5, reason: "reset" })
    .add(55, { type: "signal", payload: "null" })
    .build(),
);
const events = trace.traceEvents;

Deno.test("every event has what viewers need", () => {
  for (const event of events) {
    assert(["X", "i", "M"].includes(event.ph), JSON.stringify(event));
    assert(Number.isSafeInteger(event.ts), JSON.stringify(event));
    assert(Number.isInteger(event.pid) && Number.isInteger(event.tid));
    if (event.ph === "X") assert(event.dur! >= 0, JSON.stringify(event));
    if (event.ph === "i") assertEquals(event.s, "t");
  }
  assertEquals(JSON.parse(JSON.stringify(trace)).displayTimeUnit, "ms");
});

Deno.test("publishers are processes, and responders their threads", () => {
  const names = events.filter(({ name }) =>
    /^(process|thread)_name$/.test(name)
  );
  const pids = [...new Set(names.map(({ pid }) => pid))];
  assertEquals(
    names.map(({ pid, args }) => [pids.indexOf(pid), args.name]),
    [
      [0, "recording"],
      [0, "malformed"],
      [0, "gaps"],
      [1, "fio"],
      [1, "signals"],
      [1, "node-1-0b8f7c1e-1111-4222-8333-0123456789ab-resp"],
      [1, "phases"],
    ],
  );
  const places = events.filter(({ pid, name }) =>
    pid === pids[1] && name === "thread_sort_index"
  ).map(({ args }) => args.sort_index);
  assertEquals(places, [0, 2, 1]);
});

/** The names of all threads of a trace. */
function threadNames(events: readonly TraceEvent[]): Map<number, unknown> {
  return new Map(
    events.filter(({ name }) => name === "thread_name")
      .map(({ tid, args }) => [tid, args.name]),
  );
}

Deno.test("phases, waits, gaps are complete events, in microseconds", () => {
  const threads = threadNames(events);
  const spans = events.filter(({ ph }) => ph === "X");
  const node = "node-1-0b8f7c1e-1111-4222-8333-0123456789ab-resp";
  assertEquals(
    spans.map(({ name, ts, dur, tid }) => [name, ts, dur, threads.get(tid)]),
    [
      ["gap", 45_000, 5_000, "gaps"],
      ["initialization", 10_000, 10_500, "phases"],
      ["load #3", 20_500, 9_500, "phases"],
      ["initialization: joined", 10_000, 2_000, node],
      ["load-start: failed", 20_500, 3_500, node],
      ["load-stop: missing", 30_000, 10_000, node],
    ],
  );
  const failed = spans.find(({ name }) => name === "load-start: failed");
  assertEquals(failed?.cname, "terrible");
  assertEquals(failed?.args, { ras: 0, message: "disk full" });
});

Deno.test("signals, progress and malformed messages are instants", () => {
  const instants = events.filter(({ ph }) => ph === "i");
  assertEquals(instants.map(({ name, ts }) => [name, ts]), [
    ["malformed", 55_000],
    ["initialization", 10_000],
    ["load-start", 20_500],
    ["load-stop", 30_000],
    ["shutdown", 40_000],
    ["load-start: progress", 21_000],
  ]);
});

Deno.test("a trace keeps the rules of the format, whatever goes on at a time", () => {
  assertEquals(brokenRules(events), []);
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const pick = (count: number) => random.int(0, count - 1);
    const script = new RecordingScript();
    let t = 0;
    for (let n = 0; n < 120; n++) {
      // Ties, and moments that only microseconds tell apart.
      t += [0, 0, 0.0004, 0.001, 1, 50][pick(6)]!;
      const process = ["fio", "uperf", "vdbench"][pick(3)]!;
      const event = ["a", "b-start", "b-stop", "shutdown"][pick(4)]!;
      const who = ["x", "y"][pick(2)]!;
      const what = pick(6);
      if (what === 0) script.answer(t, process, "initialization", who);
      else if (what === 1) script.answer(t, process, event, who);
      else if (what === 2) {
        script.answer(t, process, event, who, { ras: pick(2) });
      } else if (what === 3 && pick(3) === 0) {
        const duration = pick(2) * 40;
        script.add(t, { type: "gap", duration, reason: "reset" });
        script.add(t, { type: "signal", payload: "null" });
      } else script.signal(t, process, event, { sample_no: pick(3) });
    }
    const { traceEvents } = toChromeTrace(script.build());
    assertEquals(brokenRules(traceEvents), [], `seed ${seed}`);
  }
});

Deno.test("publishes that are under way at once have threads of their own", () => {
  const { traceEvents } = toChromeTrace(
    new RecordingScript()
      .signal(0, "fio", "initialization")
      .answer(1, "fio", "initialization", "a")
      .signal(10, "fio", "outer").signal(20, "fio", "inner")
      .signal(30, "fio", "crossing")
      .answer(40, "fio", "inner", "a", { ras: 1 })
      .answer(50, "fio", "outer", "a", { ras: 1 })
      .answer(60, "fio", "crossing", "a", { ras: 1 })
      .signal(60, "fio", "later").answer(70, "fio", "later", "a", { ras: 1 })
      .build(),
  );
  const spans = traceEvents.filter(({ ph, name }) =>
    ph === "X" && name.includes("succeeded")
  );
  const tids = new Set(spans.map(({ tid }) => tid));
  assertEquals([spans.length, tids.size], [4, 3]);
  const threads = threadNames(traceEvents);
  assertEquals(new Set([...tids].map((tid) => threads.get(tid))).size, 1);
});

Deno.test("the text of a trace is the trace, in parts", () => {
  const script = new RecordingScript();
  for (let n = 0; n < 1_500; n++) script.signal(n, "fio", "tick");
  for (const each of [script, new RecordingScript()]) {
    const whole = toChromeTrace(each.build());
    const parts = [...traceText(whole)];
    assertEquals(
      JSON.parse(parts.join("")),
      JSON.parse(JSON.stringify(whole)),
    );
  }
});
