import { assertEquals } from "@std/assert";
import type { Lane } from "../../../src/cli/timeline/model.ts";
import {
  encodeExporterReport,
  type ExporterReport,
} from "../../../src/protocol/extension/report.ts";
import { RecordingScript, UUID } from "./world.ts";

/** A publisher with two subscribers, from 10 ms on. */
function joined(): RecordingScript {
  return new RecordingScript()
    .signal(10, "fio", "initialization")
    .answer(11, "fio", "initialization", "a")
    .answer(12, "fio", "initialization", "b");
}

function laneOf(script: RecordingScript): Lane {
  return script.build().lanes[0]!;
}

/** Answers as `responder kind signal`. */
function answers(script: RecordingScript): string[] {
  const { answers, responders } = laneOf(script);
  return answers.map(({ responder, kind, signal }) =>
    `${responders[responder]!.name} ${kind} ${signal}`
  );
}

/** Missing answers as `responder signal until`. */
function missing(script: RecordingScript): string[] {
  const { missing, responders } = laneOf(script);
  return missing.map(({ responder, signal, until, unheard }) =>
    `${responders[responder]!.name} ${signal} ${until}${unheard ? "?" : ""}`
  );
}

Deno.test("answers are of the kind that their ras says", () => {
  const script = joined()
    .signal(20, "fio", "start")
    .answer(21, "fio", "start", "a", { message: "at work" })
    .answer(22, "fio", "start", "a", { ras: 1, message: "done" })
    .answer(23, "fio", "start", "b", { ras: 0 });
  assertEquals(answers(script), [
    "a joined 0",
    "b joined 0",
    "a progress 1",
    "a succeeded 1",
    "b failed 1",
  ]);
  assertEquals(missing(script), []);
});

Deno.test("an answer is for the newest signal of its event", () => {
  const script = joined()
    .signal(20, "fio", "tick").signal(30, "fio", "tick").signal(
      40,
      "fio",
      "tock",
    )
    .answer(41, "fio", "tick", "a", { ras: 1 });
  assertEquals(answers(script).at(-1), "a succeeded 2");
});

Deno.test("an answer with a ticket is for the signal of that ticket", () => {
  const ticket = (id: string, seq: number) => ({
    metadata: { _ss: { v: 2, id, seq, bare: true } },
  });
  const script = joined()
    .signal(20, "fio", "tick", ticket("one", 1))
    .signal(30, "fio", "tick", ticket("two", 2))
    .answer(31, "fio", "tick", "a", { ras: 1, _ss: { v: 2, id: "one" } });
  assertEquals(answers(script).at(-1), "a succeeded 1");
  assertEquals(missing(script), ["b 1 30", "a 2 31", "b 2 31"]);
});

Deno.test("who joined and did not answer is missing until the publisher goes on", () => {
  const script = joined()
    .signal(20, "fio", "start").answer(21, "fio", "start", "a", { ras: 1 })
    .signal(50, "fio", "stop").answer(51, "fio", "stop", "b", { ras: 1 })
    .add(90, { type: "end", reason: "interrupted" });
  assertEquals(missing(script), ["b 1 50", "a 2 90"]);
});

Deno.test("what may have been said in a gap is not held to be missing", () => {
  const script = joined()
    .signal(20, "fio", "start")
    .add(60, { type: "gap", duration: 30, reason: "reset" });
  assertEquals(missing(script), ["a 1 60?", "b 1 60?"]);
});

Deno.test("who has left, and who was there before a shutdown, owes nothing", () => {
  const left = joined()
    .answer(13, "fio", "_ss", "a", { _ss: { v: 2, leave: true } })
    .signal(20, "fio", "start");
  assertEquals(missing(left), ["b 1 20"]);
  const restarted = joined()
    .answer(12, "fio", "initialization", "a", { _ss: { v: 2, inc: "i1" } })
    .answer(13, "fio", "initialization", "a", { _ss: { v: 2, inc: "i2" } })
    .answer(14, "fio", "_ss", "a", { _ss: { v: 2, inc: "i1", leave: true } })
    .signal(20, "fio", "start");
  assertEquals(missing(restarted), ["a 1 20", "b 1 20"]);
  const shut = joined().signal(20, "fio", "shutdown").signal(
    30,
    "fio",
    "start",
  );
  assertEquals(missing(shut), []);
});

Deno.test("what our own peers tell each other is no answer", () => {
  const script = joined()
    .answer(13, "fio", "_ss", "a", { _ss: { v: 2, back: true } });
  assertEquals(answers(script), ["a joined 0", "b joined 0"]);
});

Deno.test("responders of one name are told apart", () => {
  const id = (digit: string) =>
    `node-${digit.repeat(8)}-1111-4222-8333-0123456789ab-resp`;
  const lane = laneOf(
    joined()
      .answer(13, "fio", "initialization", "", { responder_id: id("1") })
      .answer(14, "fio", "initialization", "", { responder_id: id("2") }),
  );
  assertEquals(lane.responders.map(({ name }) => name), [
    "a",
    "b",
    id("1"),
    id("2"),
  ]);
});

Deno.test("a responder departs with the last of its processes", () => {
  const leave = (inc: string) => ({ _ss: { v: 2, inc, leave: true } });
  const inc = (inc: string) => ({ _ss: { v: 2, inc } });
  const [lane] = new RecordingScript()
    .signal(0, "fio", "initialization")
    .answer(1, "fio", "initialization", "a", inc("i1"))
    .answer(2, "fio", "initialization", "a", inc("i2"))
    .answer(3, "fio", "_ss", "a", leave("i1"))
    .answer(4, "fio", "_ss", "a", leave("i2"))
    .answer(5, "fio", "_ss", "a", leave("i2"))
    .build().lanes;
  const departures = lane!.answers.filter(({ kind }) => kind === "left");
  assertEquals(departures.map(({ at, reported }) => [at, reported]), [[
    4,
    true,
  ]]);
});

Deno.test("a responder that says that it leaves departs once, also where its exporter reports it", () => {
  const report = (t: number, body: object) => ({
    t,
    payload: encodeExporterReport(
      { publisher: `fio-${UUID}`, age: 0, ...body } as ExporterReport,
    ),
  });
  const script = new RecordingScript().signal(0, "fio", "initialization")
    .answer(1, "fio", "initialization", "a")
    .answer(2, "fio", "initialization", "b")
    .answer(3, "fio", "_ss", "a", { _ss: { v: 2, leave: true } });
  for (
    const { t, payload } of [
      report(4, { what: "left", responder: `a-${UUID}-resp`, why: "left" }),
      report(5, { what: "left", responder: `b-${UUID}-resp`, why: "evicted" }),
    ]
  ) script.add(t, { type: "report", payload });
  const [lane] = script.build().lanes;
  const departures = lane!.answers.filter(({ reported }) => reported);
  assertEquals(departures.map(({ kind, at }) => `${kind} ${at}`), [
    "left 3",
    "evicted 5",
  ]);
});
