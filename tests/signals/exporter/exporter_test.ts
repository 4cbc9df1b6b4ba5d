import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker } from "../../../src/broker/broker.ts";
import type { ResponseExtension } from "../../../src/protocol/extension/extension.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { PublishOptions } from "../../../src/signals/exporter/options.ts";
import type { DeliveryError } from "../../../src/transport/transport.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { eventOf, within } from "../../support/wait.ts";
import { stillPending } from "../../support/still_pending.ts";

const CAUSE = new Error("the link is lost");

interface Fixture {
  transport: FakeTransport;
  exporter: SignalExporter;
  logged: string[];
}

async function connected(): Promise<Fixture> {
  const transport = new FakeTransport();
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const exporter = await SignalExporter.connect("fio", {
    redis: transport,
    logger: { debug: log, info: log, warn: log, error: log },
  });
  return { transport, exporter, logged };
}

async function initialized(...expected: string[]): Promise<Fixture> {
  const fixture = await connected();
  await fixture.exporter.initialize(["start"], { expected });
  fixture.transport.published.length = 0;
  return fixture;
}

function events({ published }: FakeTransport): string[] {
  return published.map(({ payload }) => JSON.parse(payload).event);
}

Deno.test("the compiler refuses an event that is not one of the legal events", async () => {
  const exporter = await SignalExporter.connect<"start" | "stop">("fio", {
    redis: new FakeTransport(),
  });
  await exporter.initialize(["start"]);
  await exporter.publishSignal("start");
  await assertRejects(
    // @ts-expect-error: there is no such event
    () => exporter.publishSignal("begin"),
    RangeError,
  );
  // @ts-expect-error: there is no such event
  await exporter.initialize(["begin"]);
  const only: SignalExporter<"start"> = await SignalExporter.connect("fio", {
    redis: new FakeTransport(),
  });
  await only.initialize(["start"]);
  await assertRejects(
    // @ts-expect-error: "stop" is another exporter's event
    () => only.publishSignal("stop"),
    RangeError,
  );
  exporter.addEventListener("ack", ({ detail }) => {
    // @ts-expect-error: a number has no length
    detail.ras.length;
  });
});

Deno.test('"any" lets an exporter publish events that were not known when it was initialized', async () => {
  const { exporter, transport } = await connected();
  await exporter.initialize("any");
  await exporter.publishSignal("start");
  await exporter.publishSignal("stop");
  assertEquals(events(transport), ["initialization", "start", "stop"]);
  await assertRejects(() => exporter.publishSignal("shutdown"), RangeError);
  await exporter.initialize(["start"]);
  await assertRejects(() => exporter.publishSignal("stop"), RangeError);
});

Deno.test("the id of an exporter is its name and a UUID, unless the id is given", async () => {
  const { exporter, transport } = await connected();
  const another = await SignalExporter.connect("fio", { redis: transport });
  assert(
    /^fio-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(
      exporter.publisherId,
    ),
  );
  assert(exporter.publisherId !== another.publisherId);
  assertEquals(exporter.processName, "fio");
  assertEquals(exporter.runnerHost, Deno.hostname());
});

Deno.test("an option that can't be used is refused before a connection is opened", async () => {
  const redis = new FakeTransport();
  const wrong = [
    () => SignalExporter.connect(7 as unknown as string, { redis }),
    () =>
      SignalExporter.connect("fio", {
        redis,
        runnerHost: 7 as unknown as string,
      }),
    () =>
      SignalExporter.connect("fio", {
        redis,
        namespace: 7 as unknown as string,
      }),
  ];
  for (const connect of wrong) {
    await assertRejects(connect as () => Promise<unknown>, TypeError);
  }
  await assertRejects(
    () => SignalExporter.connect("fio", { redis, logLevel: "LOUD" as "INFO" }),
    RangeError,
  );
});

Deno.test("the namespace is the prefix of every channel", async () => {
  const redis = new FakeTransport();
  const exporter = await SignalExporter.connect("fio", {
    redis,
    namespace: "lab",
  });
  await exporter.initialize(["start"]);
  assertEquals(redis.channels, [
    "lab:event-signal-response",
    `lab:state-signals:publisher:${exporter.publisherId}`,
    "lab:state-signals:control",
  ]);
  assertEquals(redis.published.map(({ channel }) => channel), [
    "lab:event-signal-pubsub",
  ]);
});

Deno.test("close() leaves a given transport open, without channels", async () => {
  const { exporter, transport } = await initialized();
  await exporter.close();
  assertEquals(transport.closed, false);
  assertEquals(transport.channels, []);
});

Deno.test("initialize() publishes only after the subscription is confirmed", async () => {
  const { exporter, transport } = await connected();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const initializing = exporter.initialize(["start"]);
  assert(await stillPending(initializing, 0));
  assertEquals([exporter.initialized, events(transport)], [false, []]);
  confirmed.resolve();
  await initializing;
  assertEquals([exporter.initialized, events(transport)], [true, [
    "initialization",
  ]]);
});

Deno.test("initialize() succeeds after a refused subscription when it is called again", async () => {
  const { exporter, transport } = await connected();
  transport.subscribing = Promise.reject(CAUSE);
  const failure = await assertRejects(() => exporter.initialize(["start"]));
  assertEquals([failure, exporter.initialized], [CAUSE, false]);
  transport.subscribing = Promise.resolve();
  await exporter.initialize(["start"]);
  assertEquals(exporter.initialized, true);
});

Deno.test("initialize() and shutdown() are rejected when their signal is not confirmed", async () => {
  const { exporter, transport } = await connected();
  transport.confirming = false;
  const initializing = exporter.initialize(["start"]);
  const failed = assertRejects(() => initializing, Error, "not-sent");
  while (transport.published.length < 1) await undefined;
  transport.published[0]!.refuse("not-sent");
  await failed;
  const shuttingDown = exporter.shutdown();
  transport.published[1]!.refuse("unknown");
  await assertRejects(() => shuttingDown, Error, "unknown");
  assertEquals(exporter.initialized, false);
});

Deno.test("initializeAndWait() obeys its timeout and its abort signal while the link is down", async () => {
  const { exporter, transport, logged } = await connected();
  await using _ = exporter;
  transport.subscribing = new Promise(() => {});
  for (const trouble of [undefined, CAUSE]) {
    Object.assign(transport, { trouble });
    assertEquals(
      await exporter.initializeAndWait(1, ["start"], { timeout: 10 }),
      false,
    );
  }
  assertEquals(logged, [
    "Could not ask for subscribers in time: the server has not confirmed that",
    "Could not ask for subscribers in time: the link is lost",
  ]);
  const abort = new AbortController();
  const { signal } = abort;
  const waiting = exporter.initializeAndWait(1, ["start"], { signal });
  abort.abort(CAUSE);
  assertEquals(await assertRejects(() => waiting), CAUSE);
});

Deno.test("shutdown() and initialize() end with their signal while the server is away", async () => {
  const broker = Broker.listen();
  await using exporter = await SignalExporter.connect("fio", {
    redis: broker.url,
    logLevel: "CRITICAL",
  });
  await exporter.initialize(["start"]);
  const isDown = eventOf(exporter, "disconnect");
  await broker.close();
  await isDown;
  for (
    const act of [
      (signal: AbortSignal) => exporter.shutdown({ signal }),
      (signal: AbortSignal) => exporter.initialize(["start"], { signal }),
    ]
  ) {
    const abort = new AbortController();
    const acting = act(abort.signal);
    assert(await stillPending(acting, 100));
    abort.abort(CAUSE);
    assertEquals(
      await assertRejects(() => within(acting, { what: "the end" })),
      CAUSE,
    );
  }
});

Deno.test("close() does not wait for a subscription that is not confirmed", async () => {
  const { exporter, transport } = await connected();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const initializing = exporter.initialize(["start"]);
  await exporter.close();
  confirmed.resolve();
  await assertRejects(() => initializing, Error, "is closed");
  assertEquals(exporter.initialized, false);
  assertEquals(events(transport), []);
  assertEquals(transport.channels, []);
});

Deno.test("a link that is lost for good ends publishSignal() and initializeAndWait()", async () => {
  const { exporter, transport } = await initialized("r");
  const publishing = exporter.publishSignal("start", { timeout: Infinity });
  const joining = exporter.initializeAndWait(2, ["start"], {
    timeout: Infinity,
  });
  const failed = assertRejects(() => joining);
  await undefined;
  transport.change({ state: "closed", cause: CAUSE });
  assertEquals(await failed, CAUSE);
  const { code, missing } = await publishing;
  assertEquals([code, missing], [2, new Map([["r", "disconnected"]])]);
});

Deno.test('a response that may have been lost with the link is missing as "disconnected"', async () => {
  const { exporter, transport } = await initialized("r");
  const publishing = exporter.publishSignal("start", { timeout: 20 });
  transport.change({ state: "down", cause: CAUSE });
  transport.change({ state: "up", downtime: 1 });
  assertEquals((await publishing).missing, new Map([["r", "disconnected"]]));
});

Deno.test("shutdown() publishes its reason as metadata, and refuses one that can't be used before it ends anything", async () => {
  const { exporter, transport } = await initialized();
  // deno-lint-ignore no-explicit-any
  for (const reason of [7, null, {}] as any[]) {
    await assertRejects(() => exporter.shutdown({ reason }), TypeError);
  }
  assert(exporter.initialized);
  assertEquals(transport.published, []);
  await exporter.shutdown({ tag: "t", reason: "the disk is full" });
  const { tag, metadata } = JSON.parse(transport.published[0]!.payload);
  assertEquals([tag, metadata], ["t", { reason: "the disk is full" }]);
});

Deno.test("shutdown() ends the run whatever the message of the error is that it gets as a reason", async () => {
  const told: [string, number | undefined][] = [
    ["", undefined],
    ["x".repeat(4_096), 4_096],
    ["x".repeat(65_536), 4_096],
  ];
  for (const [reason, length] of told) {
    const { exporter, transport } = await initialized();
    await exporter.shutdown({ reason });
    const { event, metadata } = JSON.parse(transport.published[0]!.payload);
    assertEquals([event, metadata?.reason.length], ["shutdown", length]);
  }
});

Deno.test("after a reconnect, initialization is published again, but not after shutdown()", async () => {
  const { exporter, transport } = await initialized();
  transport.change({ state: "up", downtime: 1 });
  assertEquals(events(transport), ["initialization"]);
  await exporter.shutdown();
  transport.change({ state: "up", downtime: 1 });
  assertEquals(events(transport), ["initialization", "shutdown"]);
});

Deno.test("initialize() is rejected when shutdown() or close() is called meanwhile", async () => {
  for (const how of ["shutdown", "close"] as const) {
    for (const when of ["at once", "while it subscribes"]) {
      const { exporter, transport } = await connected();
      const asked = Promise.withResolvers<void>();
      const subscribing = Promise.withResolvers<void>();
      transport.subscribe = async (channels, sink) => {
        asked.resolve();
        await subscribing.promise;
        return await FakeTransport.prototype.subscribe
          .call(transport, channels, sink);
      };
      const initializing = exporter.initialize(["start"]);
      if (when !== "at once") await asked.promise;
      const ending = exporter[how]();
      subscribing.resolve();
      await assertRejects(() => initializing, Error, "Cannot initialize");
      await ending;
      assertEquals(exporter.initialized, false, `${how} ${when}`);
      assertEquals(events(transport), how === "close" ? [] : ["shutdown"]);
    }
  }
});

Deno.test("an initialization that is aborted is not published later", async () => {
  const { exporter, transport } = await connected();
  const controller = new AbortController();
  const initializing = exporter.initializeAndWait(0, ["start"], {
    signal: controller.signal,
  });
  controller.abort(CAUSE);
  assertEquals(await assertRejects(() => initializing), CAUSE);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals([exporter.initialized, events(transport)], [false, []]);
});

Deno.test("publishSignal() on a transport that throws synchronously is rejected and leaves no timer", async () => {
  for (const subscribers of [[], ["r"]]) {
    const { exporter, transport } = await initialized(...subscribers);
    using time = new FakeTime();
    transport.publish = () => {
      throw CAUSE;
    };
    const error = await assertRejects(() => exporter.publishSignal("start"));
    assertEquals(error, CAUSE);
    assertEquals(time.pending, 0);
  }
});

Deno.test("a change of the returned counts does not change the exporter's counts", async () => {
  const { exporter } = await connected();
  Object.assign(exporter.counts, { late: 7 });
  assertEquals((await connected()).exporter.counts.late, 0);
  assertEquals(exporter.counts.late, 0);
});

Deno.test("an initialization that is not sent after a reconnect is logged", async () => {
  const { transport, logged } = await initialized();
  transport.confirming = false;
  transport.change({ state: "up", downtime: 1 });
  transport.published[0]!.refuse("not-sent");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(
    logged.at(-1),
    'Could not publish "initialization" again: It was not-sent',
  );
});

Deno.test('a signal that was not sent is rejected with the outcome "not-sent"', async () => {
  for (const subscribers of [[], ["r"]]) {
    const { exporter, transport } = await initialized(...subscribers);
    transport.confirming = false;
    const publishing = exporter.publishSignal("start");
    transport.published[0]!.refuse("not-sent");
    const error = await assertRejects(() => publishing);
    assertEquals((error as DeliveryError).outcome, "not-sent");
  }
});

Deno.test('a signal without subscribers and without confirmation is rejected with the outcome "unknown"', async () => {
  const { exporter, transport } = await initialized();
  transport.confirming = false;
  const error = await assertRejects(() =>
    exporter.publishSignal("start", { timeout: 10 })
  );
  assertEquals((error as DeliveryError).outcome, "unknown");
});

Deno.test("a response proves that an unconfirmed signal arrived", async () => {
  const { exporter, transport } = await initialized("r");
  transport.confirming = false;
  const { publisherId } = exporter;
  const publishing = exporter.publishSignal("start");
  transport.answer({ responderId: "r", publisherId, event: "start", ras: 1 });
  transport.published[0]!.refuse("unknown");
  const { code, receivers } = await publishing;
  assertEquals([code, receivers], [0, undefined]);
});

Deno.test("the transport gets the timeout of a publish", async () => {
  const { exporter, transport } = await initialized();
  await exporter.publishSignal("start", { timeout: 123 });
  const { timeout } = transport.published[0]!.options;
  assert(timeout! > 100 && timeout! <= 123);
});

for (const subscribers of [[], ["r"]]) {
  const roster = subscribers.length === 0 ? "no subscriber" : "a subscriber";
  for (const ending of ["abort", "shutdown", "close"] as const) {
    Deno.test(`a publish to ${roster} aborts the transport's signal on ${ending}`, async () => {
      const { exporter, transport } = await initialized(...subscribers);
      transport.confirming = false;
      const abort = new AbortController();
      const publishing = exporter.publishSignal("start", {
        signal: abort.signal,
      }).then(() => "over", () => "over");
      const { signal } = transport.published[0]!.options;
      assertEquals(signal!.aborted, false);
      if (ending === "abort") abort.abort();
      else {
        transport.confirming = true;
        await exporter[ending]();
      }
      assertEquals(await publishing, "over");
      assertEquals(signal!.aborted, true);
    });
  }
}

Deno.test("a malformed response is counted only if it names this publisher or is unreadable", async () => {
  const { exporter, transport } = await initialized("r");
  const { publisherId } = exporter;
  transport.deliver('{"publisher_id": "other", broken');
  transport.deliver(
    `{"responder_id": "r", "publisher_id": "other", "event": "start", "ras": 1, "message": "${publisherId}"}`,
  );
  assert(Object.values(exporter.counts).every((count) => count === 0));
  transport.deliver(`{"publisher_id": "${publisherId}", broken`);
  transport.sinks[0]!.unreadable?.("it is not UTF-8", "a channel");
  assertEquals(exporter.counts.malformed, 2);
});

Deno.test("signals are sent in the order of the calls, awaited or not", async () => {
  const { exporter, transport } = await initialized("r");
  const { publisherId } = exporter;
  const join = (responderId: string, extension?: ResponseExtension) =>
    transport.answer({
      responderId,
      publisherId,
      event: "initialization",
      extension,
    });
  join("r", { alive: true });
  const running = [exporter.publishSignal("start")];
  running.push(exporter.publishSignal("start"));
  const ending = exporter.shutdown();
  assertEquals(events(transport), ["start", "start", "shutdown"]);
  await ending;
  for (const { missing } of await Promise.all(running)) {
    assertEquals(missing, new Map([["r", "shutdown"]]));
  }
  transport.published.length = 0;
  const again = exporter.initialize(["start"], { expected: ["r"] });
  await again;
  const last = exporter.publishSignal("start");
  const over = exporter.shutdown();
  assertEquals(events(transport), ["initialization", "start", "shutdown"]);
  await Promise.all([last, over]);
});

Deno.test('progress, an acknowledgement and leaving dispatch "progress", "ack" and "unsubscribe"', async () => {
  const { exporter, transport } = await initialized();
  const { publisherId } = exporter;
  const told: unknown[] = [];
  for (const type of ["progress", "ack", "unsubscribe"] as const) {
    exporter.addEventListener(type, ({ detail }) => {
      const { latency: _, ...rest } = detail as unknown as Record<
        string,
        unknown
      >;
      told.push({ type, ...rest });
    });
  }
  const responderId = "r";
  const say = (event: string, extension: ResponseExtension, ras?: number) =>
    transport.answer({
      responderId,
      publisherId,
      event,
      extension,
      ...(ras === undefined ? {} : { ras }),
    });
  say("initialization", { alive: true });
  const publishing = exporter.publishSignal("start");
  say("start", { id: "1" });
  say("start", { id: "1" }, 1);
  await publishing;
  say("_ss", { leave: true });
  assertEquals(told, [
    { type: "progress", responderId, event: "start", message: undefined },
    { type: "ack", responderId, event: "start", ras: 1, message: undefined },
    { type: "unsubscribe", responderId, reason: "left" },
  ]);
});

Deno.test("publish and liveness options that can't be used are refused, and no signal is sent", async () => {
  const { exporter, transport } = await initialized("r");
  const wrong: PublishOptions[] = [
    { until: { count: 0 } },
    { until: { quorum: 2 } },
    { idleTimeout: -1 },
    { timeout: NaN },
  ];
  for (const options of wrong) {
    await assertRejects(
      () => exporter.publishSignal("start", options),
      RangeError,
    );
  }
  await assertRejects(
    () => exporter.publishSignal("start", { metadata: { _ss: {} } }),
    TypeError,
    "reserved",
  );
  assertEquals(transport.published, []);
  for (const options of [{ heartbeatTimeout: -1 }, { evictAfterMisses: NaN }]) {
    await assertRejects(
      () => SignalExporter.connect("fio", { redis: transport, ...options }),
      RangeError,
    );
  }
});

Deno.test("a publish that waits for its turn keeps the options of its call, and is not sent after shutdown()", async () => {
  const { exporter, transport } = await initialized("python");
  const answer = () => {
    const { publisherId } = exporter;
    const from = { responderId: "python", publisherId };
    transport.answer({ ...from, event: "start", ras: 1 });
  };
  const first = exporter.publishSignal("start");
  const options: PublishOptions = { tag: "given", idleTimeout: 60_000 };
  const second = exporter.publishSignal("start", options);
  Object.assign(options, { tag: "later", idleTimeout: NaN, failFast: true });
  Object.assign(options, { metadata: { later: true } });
  const third = exporter.publishSignal("start");
  answer();
  await first;
  assertEquals(await stillPending(second, 20), true);
  answer();
  assertEquals((await second).code, 0);
  const { tag, metadata } = JSON.parse(transport.published[1]!.payload);
  assertEquals([tag, metadata], ["given", undefined]);
  assertEquals(await stillPending(third, 20), true);
  const fourth = assertRejects(
    () => exporter.publishSignal("start"),
    Error,
    "was shut down before its turn came",
  );
  await exporter.shutdown();
  assertEquals((await third).missing, new Map([["python", "shutdown"]]));
  const unsent: Partial<DeliveryError> = await fourth;
  assertEquals(unsent.outcome, "not-sent");
  assertEquals(events(transport), ["start", "start", "start", "shutdown"]);
  await exporter.close();
});
