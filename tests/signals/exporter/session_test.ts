import { assertEquals, assertRejects } from "@std/assert";
import {
  encodeHello,
  type ResponseExtension,
} from "../../../src/protocol/extension/extension.ts";
import {
  controlChannel,
  publisherInbox,
} from "../../../src/protocol/extension/own_channels.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { ExporterOptions } from "../../../src/signals/exporter/options.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";

const OURS: ResponseExtension = { inc: "i1", alive: true };
const WITHOUT_INBOX: ResponseExtension = { inc: "i1", alive: false };
const CAUSE = new Error("the link is lost");

/** An exporter that accepts subscribers and already has the given ones. */
async function fixture(
  subscribers: Record<string, ResponseExtension | undefined>,
  options: ExporterOptions = {},
) {
  const transport = new FakeTransport();
  const exporter = await SignalExporter.connect("fio", {
    redis: transport,
    runnerHost: "here",
    logLevel: "CRITICAL",
    ...options,
  });
  const told: unknown[][] = [];
  for (const type of ["subscribe", "unsubscribe", "ack", "stray"] as const) {
    exporter.addEventListener(type, (event) => {
      const { responderId, reason } = (event as CustomEvent).detail;
      told.push([type, responderId, ...(reason ? [reason] : [])]);
    });
  }
  await exporter.initialize(["start", "stop"]);
  const say = (
    responderId: string,
    event: string,
    extension?: ResponseExtension,
    ras?: number,
  ) => {
    const { publisherId } = exporter;
    transport.answer({
      responderId,
      publisherId,
      event,
      extension: extension && { inc: "i1", ...extension },
      ...(ras === undefined ? {} : { ras }),
    });
  };
  for (const [id, extension] of Object.entries(subscribers)) {
    say(id, "initialization", extension);
  }
  told.length = 0;
  transport.published.length = 0;
  return {
    exporter,
    transport,
    told,
    say,
    publish: (...args: Parameters<SignalExporter["publishSignal"]>) =>
      exporter.publishSignal(args[0], { timeout: Infinity, ...args[1] }),
    /** The messages since the last call: event, ticket, and the receiver if there is one. */
    sent: () =>
      transport.published.splice(0).map(({ channel, payload }) => {
        const { event, metadata, _ss } = JSON.parse(payload);
        const what = _ss?.ping ? "ping" : [event, metadata?._ss.id].join(" ");
        const [, to] = channel.split("responder:i1:");
        return to === undefined ? what.trim() : `${what.trim()} to ${to}`;
      }),
  };
}

Deno.test("a signal is sent before publishSignal() returns, with a ticket if a subscriber reads tickets", async () => {
  const { publish, sent, say } = await fixture({ ours: OURS });
  const publishing = publish("start");
  assertEquals(sent(), ["start 1"]);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
  const python = await fixture({ python: undefined });
  const other = python.publish("start");
  assertEquals(python.sent(), ["start"]);
  python.say("python", "start", undefined, 0);
  assertEquals((await other).code, 1);
});

Deno.test("a publish without subscribers waits for the confirmation only, and is not ok", async () => {
  const { publish } = await fixture({});
  const { ok, waited, code } = await publish("start");
  assertEquals([ok, waited, code], [false, false, 0]);
  const asked = await publish("start", { until: { count: 1 } });
  assertEquals([asked.ok, asked.code], [false, 2]);
});

Deno.test('a response of a stranger is "unknown" during a publish and "late" after it', async () => {
  const { publish, transport, say, told } = await fixture({});
  transport.confirming = false;
  const publishing = publish("start");
  say("stranger", "start", undefined, 1);
  transport.published[0]!.confirm(3);
  const { acks, receivers } = await publishing;
  assertEquals([acks.size, receivers], [0, 3]);
  say("other", "start", undefined, 1);
  assertEquals(told, [["stray", "stranger", "unknown"], [
    "stray",
    "other",
    "late",
  ]]);
});

Deno.test("a response to another publisher is ignored, and a broken one to this publisher is malformed", async () => {
  const { exporter, transport, told } = await fixture({});
  const { publisherId } = exporter;
  transport.deliver('{"publisher_id":"another one", broken');
  transport.answer({
    responderId: "r",
    publisherId: `not-${publisherId}`,
    event: "initialization",
  });
  assertEquals([told, exporter.counts.malformed], [[], 0]);
  transport.deliver(`{"publisher_id":"${publisherId}", broken`);
  transport.deliver("broken");
  assertEquals(exporter.counts.malformed, 2);
});

Deno.test("on the exporter's inbox a broken request to stop is malformed, and messages of other versions are ignored", async () => {
  const { exporter, transport, sent } = await fixture({});
  const inbox = publisherInbox(exporter.publisherId);
  const malformed: string[] = [];
  const asked: string[] = [];
  exporter.addEventListener(
    "malformed",
    ({ detail }) => malformed.push(detail.reason),
  );
  exporter.addEventListener(
    "stop-requested",
    ({ detail }) => asked.push(detail.reason),
  );
  const stop = { id: "vm-1", inc: "i1", key: "k", reason: "full" };
  const send = (message: unknown) =>
    transport.deliverOn(inbox, JSON.stringify({ _ss: message }));
  send({ v: 2, stop: { ...stop, reason: 7 } });
  send({ v: 2, stop: "now" });
  assertEquals(malformed, [
    "on an inbox: the reason of a request to stop can't be used: current value is 7",
    "on an inbox: the id of a request to stop can't be used: current value is undefined",
  ]);
  send({ v: 3, stop });
  send({ v: 2, later: stop });
  send({ v: 2, heard: "k" });
  assertEquals([asked, sent().length], [[], 0]);
  send({ v: 2, stop });
  assertEquals([asked, sent().length], [["full"], 1]);
  assertEquals(exporter.counts.malformed, 2);
});

Deno.test('a message about the event "_ss" is no acknowledgement, and subscribes no stranger', async () => {
  const { exporter, say, told } = await fixture({ ours: OURS });
  say("ours", "_ss", {}, 1);
  say("stranger", "_ss", { leave: true });
  say("stranger", "_ss", { alive: true, back: true });
  assertEquals([told, [...exporter.subscribers]], [[], ["ours"]]);
  say("ours", "_ss", { leave: true });
  assertEquals(told, [["unsubscribe", "ours", "left"]]);
});

Deno.test("a responder that connects while initializeAndWait() waits gets its own initialization if its locks match", async () => {
  const { exporter, transport, sent } = await fixture({});
  const { publisherId } = exporter;
  const hello = (more: object = {}) =>
    transport.deliverOn(
      controlChannel(),
      encodeHello({ id: "r", inc: "i1", ...more }),
    );
  hello();
  assertEquals(sent(), []); // no call waits for subscribers
  const waiting = exporter.initializeAndWait(1, ["start"], { tag: "t" });
  await microtasks();
  sent();
  hello({ lockedId: "another" });
  hello({ lockedTag: "another" });
  assertEquals(sent(), []);
  hello({ lockedId: publisherId, lockedTag: "t" });
  assertEquals(sent(), ["initialization to r"]);
  await exporter.close();
  await assertRejects(() => waiting, Error, "stopped waiting");
});

Deno.test("without permission for the control channel, initializeAndWait() asks for subscribers each second", async () => {
  using time = new FakeTime();
  const transport = new FakeTransport();
  const subscribe = transport.subscribe.bind(transport);
  transport.subscribe = (channels, sink) =>
    channels[0] === controlChannel()
      ? Promise.reject(new Error("NOPERM"))
      : subscribe(channels, sink);
  const exporter = await SignalExporter.connect("fio", {
    redis: transport,
    logLevel: "CRITICAL",
  });
  const waiting = exporter.initializeAndWait(1, ["start"], { timeout: 3_500 });
  for (let n = 0; n < 35; n++) {
    await microtasks();
    await new Promise<void>((resolve) => setImmediate(resolve));
    time.tick(100);
  }
  assertEquals(await waiting, false);
  const asked = transport.published.filter(({ payload }) =>
    payload.includes("initialization")
  );
  assertEquals(asked.length >= 3, true);
  await exporter.close();
});

Deno.test("initializeAndWait() counts an earlier subscriber once the subscriber has answered again", async () => {
  const { exporter, say, sent } = await fixture({ ours: OURS, r: undefined });
  const waiting = exporter.initializeAndWait(2, ["start"]);
  await microtasks();
  assertEquals(sent(), ["ping to ours", "initialization"]);
  say("ours", "_ss", {});
  say("r", "initialization");
  assertEquals(await waiting, true);
  await exporter.close();
});

Deno.test("after a reconnect, initialization is sent again and a signal is redelivered to each inbox that owes a response", async () => {
  const { exporter, publish, transport, say, sent } = await fixture({
    ours: OURS,
    "ours too": OURS,
    "without an inbox": WITHOUT_INBOX,
    python: undefined,
  });
  const publishing = [publish("start"), publish("stop")];
  say("ours too", "start", { id: "1" }, 1);
  sent();
  transport.change({ state: "down", cause: CAUSE });
  transport.change({ state: "up", downtime: 1 });
  assertEquals(sent().toSorted(), [
    "initialization",
    "start 1 to ours",
    "stop 2 to ours",
    "stop 2 to ours too",
  ]);
  await exporter.shutdown();
  await Promise.all(publishing);
  transport.change({ state: "up", downtime: 1 });
  assertEquals(sent(), ["shutdown"]);
});

Deno.test('every publish ends as "disconnected" at once when the server has lost its role', async () => {
  const { exporter, publish, transport } = await fixture({ ours: OURS });
  const publishing = [publish("start"), publish("stop")];
  transport.change({ state: "down", cause: CAUSE, moved: true });
  for (const each of publishing) {
    assertEquals((await each).missing, new Map([["ours", "disconnected"]]));
  }
  await exporter.close();
});

Deno.test("a subscriber that is back gets the signals that it has not answered once more, and other subscribers do not", async () => {
  const { exporter, publish, say, sent } = await fixture({
    ours: OURS,
    "ours too": OURS,
  });
  const publishing = publish("start");
  sent();
  say("ours", "_ss", { alive: true, back: true });
  assertEquals(sent(), ["start 1 to ours"]);
  say("ours", "_ss", { alive: false, back: true });
  assertEquals(sent(), []);
  await exporter.close();
  await publishing;
});

Deno.test("a signal with an unknown outcome is redelivered to the inboxes of the subscribers", async () => {
  const { publish, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  const publishing = publish("start");
  const [first] = transport.published;
  assertEquals(sent(), ["start 1"]);
  first!.refuse("unknown");
  await microtasks();
  assertEquals(sent(), ["start 1 to ours"]);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
});

Deno.test("signals whose outcomes become unknown together are redelivered once each", async () => {
  const { publish, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  const publishing = ["start", "stop", "start"].map((event) => publish(event));
  const first = [...transport.published];
  assertEquals(sent(), ["start 1", "stop 2", "start 3"]);
  for (const publish of first) publish.refuse("unknown");
  await microtasks();
  const repeated = ["start 1 to ours", "stop 2 to ours", "start 3 to ours"];
  assertEquals(sent(), repeated);
  for (const [event, id] of [["start", "1"], ["stop", "2"], ["start", "3"]]) {
    say("ours", event!, { id }, 1);
  }
  for (const { code } of await Promise.all(publishing)) assertEquals(code, 0);
});

Deno.test("a redelivery that waits for the link is aborted when its publish settles", async () => {
  const { publish, transport, say, sent } = await fixture({ ours: OURS });
  transport.confirming = false;
  /** The abort signal of the nth message. */
  const overOf = (n: number) => transport.published[n]!.options.signal!;
  const publishing = publish("start");
  transport.change({ state: "up", downtime: 1 });
  const [own, , redelivery] = transport.published;
  const over = overOf(2);
  assertEquals(over.aborted, false);
  own!.refuse("not-sent");
  await assertRejects(() => publishing, Error, "not-sent");
  assertEquals(over.aborted, true);
  redelivery!.refuse("not-sent");
  assertEquals(sent(), ["start 1", "initialization", "start 1 to ours"]);

  const next = publish("stop");
  transport.published[0]!.confirm(1);
  say("ours", "_ss", { alive: true, back: true });
  assertEquals(overOf(1).aborted, false);
  say("ours", "stop", { id: "2" }, 1);
  assertEquals((await next).code, 0);
  assertEquals(overOf(1).aborted, true);
});

Deno.test("an event that a peer of 1.0.1 missed is published again behind a fence, without a wait", async () => {
  const { publish, say, sent, told } = await fixture({ python: undefined });
  const missed = await publish("start", { timeout: 1 });
  assertEquals(missed.missing, new Map([["python", "timeout"]]));
  sent();
  const publishing = publish("start");
  assertEquals(sent(), ["initialization", "start"]);
  say("python", "start", undefined, 1); // answers the first signal or the second
  say("python", "initialization");
  say("python", "start", undefined, 0);
  assertEquals((await publishing).code, 1);
  assertEquals(told, [["stray", "python", "stale"], ["ack", "python"]]);
});

Deno.test("a response of a peer of 1.0.1 that has not answered the fence is uncertain", async () => {
  const { publish, say } = await fixture({ python: undefined });
  await publish("start", { timeout: 1 });
  const publishing = publish("start", { timeout: 50 });
  say("python", "start", undefined, 1);
  const { code, missing } = await publishing;
  assertEquals([code, missing], [2, new Map([["python", "uncertain"]])]);
});

Deno.test("an answer to `shutdown` proves to the next life of the exporter what a peer of 1.0.1 has behind it", async () => {
  for (const answersShutdown of [true, false]) {
    const { exporter, publish, say, sent } = await fixture({
      python: undefined,
    });
    await exporter.initialize(["start"]); // which the peer does not answer
    await publish("start", { timeout: 1 });
    await exporter.shutdown();
    if (answersShutdown) say("python", "shutdown", undefined, 1);
    await exporter.initialize(["start"]);
    say("python", "initialization"); // it may answer the second `initialization` or the third
    sent();
    const publishing = publish("start", { timeout: 50 });
    assertEquals(
      sent(),
      answersShutdown ? ["start"] : ["initialization", "start"],
    );
    say("python", "start", undefined, 1);
    const { ok, missing } = await publishing;
    assertEquals([ok, missing.get("python")], [
      answersShutdown,
      answersShutdown ? undefined : "uncertain",
    ]);
  }
});

Deno.test("an expected responder that has not joined counts, with and without a ticket", async () => {
  const { exporter, publish, say } = await fixture({});
  await exporter.initialize(["start"], { expected: ["ours"] });
  const first = publish("start", { timeout: 500 });
  say("ours", "start", { id: null }, 1); // the signal had no ticket
  assertEquals((await first).ok, true);
  const second = publish("start", { timeout: 500 });
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await second).ok, true);
});

Deno.test('with correlation "off", a response of a replaced process is stale', async () => {
  const fix = await fixture({ ours: OURS }, { correlation: "off" });
  const { publish, say, told } = fix;
  say("ours", "initialization", { inc: "i2" });
  told.length = 0;
  const publishing = publish("start", { timeout: 500 });
  say("ours", "start", { inc: "i1", id: null }, 0);
  say("ours", "start", { inc: "i2", id: null }, 1);
  assertEquals((await publishing).ok, true);
  assertEquals(told, [["stray", "ours", "stale"], ["ack", "ours"]]);
});

Deno.test("a subscriber that misses `evictAfterMisses` signals is evicted", async () => {
  const { publish, told } = await fixture({ python: undefined }, {
    evictAfterMisses: 2,
  });
  await publish("start", { timeout: 1 });
  await publish("stop", { timeout: 1 });
  assertEquals(told, [["unsubscribe", "python", "evicted"]]);
});

Deno.test("after an idle hour, a subscriber is lost only after a new silence of the heartbeat timeout", async () => {
  using time = new FakeTime();
  const fix = await fixture({ ours: OURS }, { heartbeatTimeout: 3_000 });
  const { publish, say, sent, transport } = fix;
  // The server counts no subscribers, like another node of a cluster.
  Object.assign(transport, { subscribers: 0, connection: undefined });
  time.tick(3_600_000);
  const publishing = publish("start");
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      time.tick(100);
      await microtasks();
    }
  };
  await pass(2_500);
  assertEquals(sent().includes("ping to ours"), true);
  say("ours", "_ss", {});
  await pass(2_500);
  say("ours", "start", { id: "1" }, 1);
  assertEquals((await publishing).code, 0);
  const silent = publish("start");
  await pass(3_500);
  assertEquals((await silent).missing, new Map([["ours", "lost"]]));
  assertEquals(time.pending, 0);
});

Deno.test("an exporter without a publish in flight keeps no timer", async () => {
  using time = new FakeTime();
  const { exporter, publish, say } = await fixture({
    ours: OURS,
    python: undefined,
  });
  assertEquals(time.pending, 0);
  const publishing = publish("start", { timeout: 1_000 });
  say("ours", "start", { id: "1" }, 1);
  say("python", "start", undefined, 1);
  await publishing;
  assertEquals(time.pending, 0);
  const missed = publish("stop", { timeout: 1_000 });
  time.tick(2_000);
  await missed;
  await microtasks();
  assertEquals(time.pending, 0);
  await exporter.close();
});

Deno.test("close() clears the roster, ends every publish, and leaves no channel and no timer", async () => {
  using time = new FakeTime();
  const fix = await fixture({ ours: OURS, python: undefined });
  const { exporter, publish, transport, say } = fix;
  const publishing = [publish("start"), publish("stop")];
  const inbox = publisherInbox(exporter.publisherId);
  assertEquals(transport.channels.includes(inbox), true);
  await exporter.close();
  for (const each of publishing) {
    assertEquals([...(await each).missing.values()], ["closed", "closed"]);
  }
  say("late", "initialization");
  assertEquals(exporter.subscribers.size, 0);
  assertEquals([transport.channels, time.pending], [[], 0]);
});
