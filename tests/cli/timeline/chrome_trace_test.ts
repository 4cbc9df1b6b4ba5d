import { assert, assertEquals } from "@std/assert";
import { toChromeTrace } from "../../../src/cli/timeline/chrome_trace.ts";
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
  assertEquals(
    names.map(({ pid, tid, args }) => [pid, tid, args.name]),
    [
      [0, 0, "recording"],
      [1, 0, "fio"],
      [1, 0, "signals"],
      [1, 1, "phases"],
      [1, 100, "node-1-0b8f7c1e-1111-4222-8333-0123456789ab-resp"],
    ],
  );
});

Deno.test("phases, waits, gaps are complete events, in microseconds", () => {
  const spans = events.filter(({ ph }) => ph === "X");
  assertEquals(
    spans.map(({ name, ts, dur, tid }) => [name, ts, dur, tid]),
    [
      ["gap", 45_000, 5_000, 0],
      ["initialization", 10_000, 10_500, 1],
      ["load #3", 20_500, 9_500, 1],
      ["initialization: joined", 10_000, 2_000, 100],
      ["load-start: failed", 20_500, 3_500, 100],
      ["load-stop: missing", 30_000, 10_000, 100],
    ].filter(([name]) => name !== "shutdown: missing"),
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
