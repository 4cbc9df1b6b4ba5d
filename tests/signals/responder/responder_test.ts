import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  addTicket,
  encodePing,
} from "../../../src/protocol/extension/extension.ts";
import type { Signal } from "../../../src/protocol/signal/signal.ts";
import { closeSignal } from "../../../src/protocol/signal/encoder.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import type { ResponderOptions } from "../../../src/signals/responder/options.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { microtasks } from "../../support/microtasks.ts";
import { encodeSignal } from "../../support/payloads.ts";

const CAUSE = new Error("the link is lost");

// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;

async function connected(
  options: ResponderOptions = {},
): Promise<[SignalResponder, FakeTransport]> {
  const transport = new FakeTransport();
  const responder = await SignalResponder.connect({
    redis: transport,
    logLevel: "CRITICAL",
    ...options,
  });
  return [responder, transport];
}

function deliver(transport: FakeTransport, sampleNo: number): void {
  transport.deliver(JSON.stringify({
    publisher_id: "fio-1",
    process_name: "fio",
    event: "sample",
    runner_host: "here",
    sample_no: sampleNo,
    tag: "",
  }));
}

Deno.test("the id of a responder is its name or host and a UUID, unless the id is given", async () => {
  const uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  const [unnamed] = await connected();
  const [named] = await connected({ name: "collector" });
  const [told] = await connected({ id: "the expected one", name: "unused" });
  const { responderId } = unnamed;
  assert(responderId.startsWith(`${Deno.hostname()}-`));
  assert(new RegExp(`-${uuid}-resp$`).test(responderId));
  assert(new RegExp(`^collector-${uuid}-resp$`).test(named.responderId));
  assertEquals(told.responderId, "the expected one");
});

Deno.test("options and arguments that can't be used are refused", async () => {
  const wrong = [{ name: 7 }, { id: null }, { namespace: 7 }];
  for (const options of wrong) {
    await assertRejects(() => connected(untyped(options)), TypeError);
  }
  for (const queueCapacity of [0, -1, 1.5, Infinity]) {
    await assertRejects(
      () => connected({ queueCapacity }),
      RangeError,
      "queueCapacity",
    );
  }
  const [responder] = await connected();
  assertThrows(() => responder.lockId(untyped(undefined)), TypeError);
  assertThrows(() => responder.lockTag(untyped(7)), TypeError);
  await assertRejects(
    () => responder.respond(untyped("start")),
    TypeError,
    "publisherId",
  );
});

Deno.test("connect() resolves once the subscription is confirmed", async () => {
  const transport = new FakeTransport();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  let connected = false;
  const connecting = SignalResponder.connect({ redis: transport })
    .then((responder) => {
      connected = true;
      return responder;
    });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(connected, false);
  confirmed.resolve();
  await (await connecting).close();
  assertEquals([transport.channels, transport.closed], [[], false]);
});

Deno.test("connect() is rejected with the error of its subscription", async () => {
  const transport = new FakeTransport();
  transport.subscribing = Promise.reject(CAUSE);
  const connecting = SignalResponder.connect({ redis: transport });
  assertEquals(await assertRejects(() => connecting), CAUSE);
});

Deno.test("connect() is rejected when its signal aborts, and leaves no subscription", async () => {
  const transport = new FakeTransport();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const abort = new AbortController();
  const connecting = SignalResponder.connect({
    redis: transport,
    signal: abort.signal,
  });
  await new Promise((resolve) => setTimeout(resolve));
  abort.abort(CAUSE);
  assertEquals(await assertRejects(() => connecting), CAUSE);
  confirmed.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(transport.channels, []);
});

Deno.test("a response is published on the response channel with the given fields", async () => {
  const [responder, transport] = await connected({
    id: "r",
    namespace: "lab",
  });
  const signal: Signal = {
    publisherId: "fio-1",
    processName: "fio",
    event: "start",
    runnerHost: "here",
    sampleNo: 1,
    tag: "",
  };
  await responder.srespond(signal);
  await responder.srespond(signal, 1, "done");
  await responder.respond({ publisherId: "p", event: "e" }, { message: "" });
  const said = '"_ss":{"v":2,"inc":"INC"}}';
  const head = '{"responder_id":"r","publisher_id":"fio-1","event":"start"';
  assertEquals(
    sentBy(transport).map((payload) =>
      payload.replace(/"inc":"\w+"/, '"inc":"INC"')
    ),
    [
      `${head},${said}`,
      `${head},"ras":1,"message":"done",${said}`,
      `{"responder_id":"r","publisher_id":"p","event":"e","message":"",${said}`,
    ],
  );
  const { channel } = transport.published.at(-1)!;
  assertEquals(channel, "lab:event-signal-response");
});

Deno.test("a response with an unknown outcome is rejected", async () => {
  const [responder, transport] = await connected();
  transport.confirming = false;
  const answering = responder.respond({ publisherId: "p", event: "e" });
  transport.published.at(-1)!.refuse("unknown");
  await assertRejects(() => answering, Error, "unknown");
});

Deno.test("a loop yields the queued signals, then throws the cause of the lost link", async () => {
  const [responder, transport] = await connected();
  deliver(transport, 1);
  transport.change({ state: "closed", cause: CAUSE });
  const seen: unknown[] = [];
  const failure = await assertRejects(async () => {
    for await (const { sampleNo } of responder) seen.push(sampleNo);
  });
  assertEquals([failure, seen], [CAUSE, [1]]);
});

Deno.test("a loop continues after a reconnect, and the gap is reported by events", async () => {
  const [responder, transport] = await connected();
  const told: string[] = [];
  for (const type of ["disconnect", "gap", "reconnect"] as const) {
    responder.addEventListener(type, ({ type }) => told.push(type));
  }
  const signals = responder.listen();
  deliver(transport, 1);
  transport.change({ state: "down", cause: CAUSE });
  transport.change({ state: "up", downtime: 5 });
  deliver(transport, 2);
  assertEquals((await signals.next()).value?.sampleNo, 1);
  assertEquals((await signals.next()).value?.sampleNo, 2);
  assertEquals(told, ["disconnect", "gap", "reconnect"]);
});

Deno.test("a message that can't be read is counted as malformed", async () => {
  const [responder, transport] = await connected();
  transport.deliver("null");
  transport.sinks[0]!.unreadable?.("it is not UTF-8", "a channel");
  assertEquals(responder.counts, { malformed: 2, dropped: 0 });
});

/** The signal with the sequence number `seq`, with a ticket. */
function ticketed(seq: number, publisherId = "fio-1"): string {
  const sender = { publisherId, processName: "fio", runnerHost: "here" };
  const signal = { ...sender, event: "sample", sampleNo: seq, tag: "" };
  const ticket = { id: seq.toString(36), seq };
  return closeSignal(
    encodeSignal(signal).slice(0, -1),
    addTicket(undefined, ticket),
  );
}

/** The inbox of the only responder. */
function inboxOf({ channels }: FakeTransport): string {
  return channels.find((channel) => channel.includes("responder:"))!;
}

/** The messages published to exporters, without hellos. */
function sentBy({ published }: FakeTransport): string[] {
  return published.map(({ payload }) => payload).filter((payload) =>
    !payload.includes('"hello"')
  );
}

function answersOf(transport: FakeTransport): unknown[] {
  return sentBy(transport).map((payload) => JSON.parse(payload)._ss?.id);
}

Deno.test("a ticket is hidden from the metadata and named in the response", async () => {
  const [responder, transport] = await connected();
  transport.deliver(ticketed(1));
  transport.deliver(ticketed(2));
  const signals = responder.listen();
  const { value: first } = await signals.next();
  const { value: second } = await signals.next();
  assertEquals("metadata" in first!, false);
  await responder.srespond(second!, 1);
  await responder.srespond(first!, 1);
  assertEquals(answersOf(transport), ["2", "1"]);
  await responder.close();
});

Deno.test("a redelivered signal is yielded once, and its response is repeated", async () => {
  const [responder, transport] = await connected({ id: "r" });
  const alone = inboxOf(transport);
  const signals = responder.listen();
  transport.deliver(ticketed(1));
  transport.deliverOn(alone, ticketed(1));
  assertEquals(sentBy(transport).length, 0);
  await responder.srespond((await signals.next()).value!, 1, "done");
  transport.deliverOn(alone, ticketed(1));
  const [answer, again, ...more] = sentBy(transport);
  assertEquals([answer, more.length], [again, 0]);
  transport.deliverOn(alone, ticketed(2));
  transport.deliver(ticketed(2));
  assertEquals((await signals.next()).value?.sampleNo, 2);
  await responder.close();
  assertEquals((await signals.next()).done, true);
});

Deno.test("a responder answers a ping on its inbox, and counts broken messages there", async () => {
  const [responder, transport] = await connected({ id: "r" });
  const inbox = inboxOf(transport);
  transport.deliverOn(inbox, encodePing({ id: "fio-1" }));
  const said = sentBy(transport).map((payload) => JSON.parse(payload));
  assertEquals(said.length, 1);
  const { _ss: { v, inc }, ...rest } = said[0];
  assertEquals(rest, {
    responder_id: "r",
    publisher_id: "fio-1",
    event: "_ss",
  });
  assertEquals([v, inbox.includes(inc)], [2, true]);
  transport.deliverOn(inbox, '{"_ss":');
  transport.deliverOn(inbox, "null");
  assertEquals(responder.counts.malformed, 2);
});

Deno.test('missed signals dispatch "gap" with their publisher unless they are redelivered in time', async () => {
  using time = new FakeTime();
  const [responder, transport] = await connected();
  const told: unknown[] = [];
  responder.addEventListener("gap", ({ detail }) => told.push(detail));
  for (const seq of [4, 5, 8]) transport.deliver(ticketed(seq));
  transport.deliver(ticketed(1, "fio-2"));
  transport.deliver(ticketed(3, "fio-2"));
  time.tick(900);
  transport.deliverOn(inboxOf(transport), ticketed(2, "fio-2"));
  assertEquals(told, []);
  time.tick(100);
  assertEquals(told, [{ downtime: 0, missed: 2, publisherId: "fio-1" }]);
  transport.deliver(ticketed(10));
  await responder.close();
  assertEquals(time.pending, 0);
});

Deno.test("a responder publishes a hello after connect(), after a change of its locks and after a reconnect", async () => {
  const [responder, transport] = await connected();
  const hellos = () =>
    transport.published.splice(0).map(({ payload }) => {
      const { lockedId, lockedTag } = JSON.parse(payload)._ss.hello;
      return [lockedId, lockedTag];
    });
  assertEquals(hellos(), [[undefined, undefined]]);
  responder.lockTag("t");
  await microtasks();
  responder.unlock();
  await microtasks();
  assertEquals(hellos().at(-1), [undefined, undefined]);
  transport.change({ state: "up", downtime: 1 });
  assertEquals(hellos(), [[undefined, undefined]]);
  await responder.close();
});

Deno.test("an initialization on the inbox is yielded once for each link and each broadcast", async () => {
  const [responder, transport] = await connected();
  const initialization = encodeSignal({
    publisherId: "fio-1",
    processName: "fio",
    event: "initialization",
    runnerHost: "here",
    sampleNo: -1,
    tag: "",
  });
  const seen: string[] = [];
  const listening = (async () => {
    for await (const { event } of responder) seen.push(event);
  })();
  transport.deliverOn(inboxOf(transport), initialization);
  await microtasks();
  transport.deliverOn(inboxOf(transport), initialization);
  await microtasks();
  assertEquals(seen.length, 1);
  transport.deliver(initialization); // broadcast, for example as a fence before a signal
  await microtasks();
  transport.change({ state: "up", downtime: 1 });
  transport.deliverOn(inboxOf(transport), initialization);
  await microtasks();
  await responder.close();
  await listening;
  assertEquals(seen.length, 3);
});

Deno.test("a lock by tag filters queued and later signals until it is released", async () => {
  const [responder, transport] = await connected();
  const sender = { publisherId: "fio-1", processName: "fio", runnerHost: "" };
  const tagged = (tag: string, sampleNo: number) =>
    transport.deliver(
      encodeSignal({ ...sender, event: "sample", tag, sampleNo }),
    );
  const signals = responder.listen();
  const next = async () => (await signals.next()).value?.sampleNo;
  [1, 2, 3].forEach((n) => tagged(n === 2 ? "mine" : "other", n));
  responder.lockTag("mine");
  assertEquals(await next(), 2);
  tagged("other", 4);
  const waiting = next();
  tagged("mine", 5);
  assertEquals(await waiting, 5);
  tagged("other", 6);
  responder.unlock();
  assertEquals(await next(), 6);
  await responder.close();
});

Deno.test('a lost publisher dispatches "publisher-lost", and its lock is released with `unlockLost`', async () => {
  for (const unlockLost of [false, true]) {
    using time = new FakeTime();
    const [responder, transport] = await connected({ unlockLost });
    const lost: string[] = [];
    responder.addEventListener(
      "publisher-lost",
      ({ detail }) => lost.push(detail.publisherId),
    );
    responder.lockId("fio-1");
    const held = ticketed(1).replace('"seq":1', '"seq":1,"alive":true');
    transport.deliver(held);
    await microtasks(); // the publisher is counted while it lives
    transport.subscribers = 0;
    for (let passed = 0; passed < 3_000; passed += 100) {
      time.tick(100);
      await microtasks();
    }
    assertEquals([lost, time.pending], [["fio-1"], 0]);
    const signals = responder.listen();
    await signals.next();
    transport.deliver(ticketed(1, "fio-2"));
    await responder.close();
    assertEquals((await signals.next()).done, !unlockLost);
    assertEquals(time.pending, 0);
  }
});
