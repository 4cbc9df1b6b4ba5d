import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Signal } from "../../src/protocol/signal.ts";
import { SignalResponder } from "../../src/signals/responder.ts";
import type { ResponderOptions } from "../../src/signals/responder_options.ts";
import { FakeTransport } from "../support/fake_transport.ts";

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

Deno.test("a responder has a name of its own on the wire", async () => {
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

Deno.test("what can't be used is refused", async () => {
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
});

Deno.test("a responder is there once its subscription is confirmed", async () => {
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

Deno.test("connect fails as its subscription does", async () => {
  const transport = new FakeTransport();
  transport.subscribing = Promise.reject(CAUSE);
  const connecting = SignalResponder.connect({ redis: transport });
  assertEquals(await assertRejects(() => connecting), CAUSE);
});

Deno.test("connect ends when its signal aborts, and leaves no subscription", async () => {
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

Deno.test("an answer goes out on the channel of answers, as given", async () => {
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
  const head = '{"responder_id":"r","publisher_id":"fio-1","event":"start"';
  assertEquals(transport.published.map(({ payload }) => payload), [
    `${head}}`,
    `${head},"ras":1,"message":"done"}`,
    '{"responder_id":"r","publisher_id":"p","event":"e","message":""}',
  ]);
  assertEquals(transport.published[0]!.channel, "lab:event-signal-response");
});

Deno.test("an answer that is not confirmed is an error", async () => {
  const [responder, transport] = await connected();
  transport.confirming = false;
  const answering = responder.respond({ publisherId: "p", event: "e" });
  transport.published[0]!.refuse("unknown");
  await assertRejects(() => answering, Error, "unknown");
});

Deno.test("a loop ends with the link that is lost for good, after what came", async () => {
  const [responder, transport] = await connected();
  deliver(transport, 1);
  transport.change({ state: "closed", cause: CAUSE });
  const seen: unknown[] = [];
  const failure = await assertRejects(async () => {
    for await (const { sampleNo } of responder) seen.push(sampleNo);
  });
  assertEquals([failure, seen], [CAUSE, [1]]);
});

Deno.test("a loop outlives a link that comes back, and the gap is told of", async () => {
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

Deno.test("what can't be read is counted", async () => {
  const [responder, transport] = await connected();
  transport.deliver("null");
  transport.sinks[0]!.unreadable?.("it is not UTF-8", "a channel");
  assertEquals(responder.counts, { malformed: 2, dropped: 0 });
});
