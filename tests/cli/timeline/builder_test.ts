import { assertEquals, assertStringIncludes } from "@std/assert";
import { NOON, RecordingScript } from "./world.ts";

Deno.test("each publisher has a lane, in the order of appearance", () => {
  const { lanes, started, end } = new RecordingScript()
    .signal(10, "fio", "initialization")
    .signal(20, "uperf", "initialization")
    .signal(30, "fio", "start", { sample_no: 3, tag: "nightly", metadata: {} })
    .build();
  assertEquals(started, NOON);
  assertEquals(end, 30);
  assertEquals(
    lanes.map(({ processName, runnerHost }) => [processName, runnerHost]),
    [["fio", "host-1"], ["uperf", "host-1"]],
  );
  assertEquals(lanes[0]!.signals, [
    { at: 10, event: "initialization" },
    { at: 30, event: "start", sample: "3", tag: "nightly", metadata: "{}" },
  ]);
});

Deno.test("a publisher lives from its first signal to its shutdown, and again", () => {
  const { lanes } = new RecordingScript()
    .signal(10, "fio", "initialization")
    .signal(20, "fio", "shutdown")
    .signal(40, "fio", "initialization")
    .add(90, { type: "end", reason: "interrupted" })
    .build();
  assertEquals(lanes[0]!.lives, [{ from: 10, to: 20 }, { from: 40, to: 90 }]);
});

Deno.test("the tickets of our own peers are no metadata of users", () => {
  const ticket = { v: 2, id: "a", seq: 1 };
  const { lanes } = new RecordingScript()
    .signal(10, "fio", "a", { metadata: { _ss: { ...ticket, bare: true } } })
    .signal(20, "fio", "b", { metadata: { jobs: 4, _ss: ticket } })
    .build();
  assertEquals(lanes[0]!.signals.map(({ metadata }) => metadata), [
    undefined,
    '{"jobs":4}',
  ]);
});

Deno.test("numbers that JavaScript can't hold stay as they are", () => {
  const payload = '{"publisher_id":"p","process_name":"p","event":"e",' +
    '"runner_host":"h","sample_no":12345678901234567890,"tag":"t",' +
    '"metadata":{"n":98765432109876543210,"x":NaN}}';
  const { lanes } = new RecordingScript()
    .add(1, { type: "signal", payload }).build();
  const [{ sample, metadata } = {}] = lanes[0]!.signals;
  assertEquals(sample, "12345678901234567890");
  assertEquals(metadata, '{"n":98765432109876543210,"x":NaN}');
});

Deno.test("malformed messages are kept apart, and cut short", () => {
  const { lanes, oddities } = new RecordingScript()
    .add(1, { type: "signal", payload: `null${" ".repeat(10_000)}` })
    .add(2, { type: "response", payload: "7" })
    .add(3, { type: "unreadable", channel: "signal", reason: "not UTF-8" })
    .build();
  assertEquals(lanes, []);
  assertEquals(oddities.map(({ at, channel }) => [at, channel]), [
    [1, "signal"],
    [2, "response"],
    [3, "signal"],
  ]);
  assertEquals(oddities[0]!.payload!.length, 500);
  assertStringIncludes(oddities[0]!.reason, "JSON object");
});

Deno.test("gaps are where nothing was heard, between two recordings too", () => {
  const { gaps } = new RecordingScript()
    .add(50, { type: "gap", duration: 30, reason: "reset" })
    .add(70, { type: "end", reason: "interrupted" })
    .add(90, { type: "recording", version: 1, server: "redis://host:6379" })
    .build();
  assertEquals(gaps, [
    { from: 20, to: 50, reason: "reset" },
    { from: 70, to: 90, reason: "not recorded" },
  ]);
});

Deno.test("a publisher of which only answers were recorded has a lane", () => {
  const { lanes } = new RecordingScript()
    .answer(5, "fio", "start", "node-1", { ras: 1 }).build();
  assertEquals(lanes[0]!.processName, "fio");
  assertEquals(lanes[0]!.answers[0], {
    kind: "succeeded",
    responder: 0,
    signal: -1,
    at: 5,
    ras: 1,
  });
});
