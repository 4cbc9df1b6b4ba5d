/**
 * How a value that a handler returns or throws becomes a response.
 *
 * @module
 */
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Broker } from "../../../src/broker/mod.ts";
import type { ConnectOptions } from "../../../src/connect_options.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type { Ack } from "../../../src/signals/exporter/publish_result.ts";
import { AbandonedError } from "../../../src/signals/responder/abandoned_error.ts";
import type { Handlers } from "../../../src/signals/responder/options.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { uncaught } from "../../support/uncaught.ts";
import { eventOf, within } from "../../support/wait.ts";

/** The answer to each event that has a handler. */
async function answersOf(
  handlers: Handlers,
  redis: ConnectOptions["redis"] = new MemoryTransport(),
): Promise<Map<string, Ack>> {
  const options = { redis, logLevel: "CRITICAL" } as const;
  await using responder = await SignalResponder.connect(options);
  const serving = responder.serve(handlers);
  await using exporter = await SignalExporter.connect("fio", options);
  const events = Object.keys(handlers);
  await exporter.initializeAndWait(1, events);
  const answers = new Map<string, Ack>();
  for (const event of events) {
    const { acks } = await exporter.publishSignal(event, { timeout: 5_000 });
    const ack = acks.get(responder.responderId);
    if (ack === undefined) throw new Error(`"${event}" was not answered`);
    answers.set(event, ack);
  }
  await responder.close();
  await serving;
  return answers;
}

Deno.test("a returned value becomes the message as JSON, a string as it is, undefined as no message", async () => {
  const values: Record<string, [unknown, string | undefined]> = {
    text: ["done", "done"],
    empty: ["", ""],
    none: [undefined, undefined],
    object: [
      { iops: 5, list: [1, "é", null] },
      '{"iops":5,"list":[1,"é",null]}',
    ],
    number: [7, "7"],
    null: [null, "null"],
    boolean: [false, "false"],
    bigint: [2n ** 64n, "18446744073709551616"],
    date: [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    promise: [Promise.resolve([1]), "[1]"],
  };
  const answers = await answersOf(
    Object.fromEntries(
      Object.entries(values).map(([event, [value]]) => [event, () => value]),
    ),
  );
  for (const [event, [, message]] of Object.entries(values)) {
    const { ras, message: said } = answers.get(event)!;
    assertEquals([ras, said], [1, message], event);
  }
});

const CYCLE: Record<string, unknown> = {};
CYCLE.self = CYCLE;

Deno.test("a returned value that can't be encoded is a failure that names the value", async () => {
  const values: Record<string, [unknown, string]> = {
    function: [() => {}, "a function"],
    symbol: [Symbol("x"), "Symbol(x)"],
    cycle: [CYCLE, "free of cycles"],
    map: [new Map([[1, 2]]), "the handler's value"],
    nan: [{ iops: NaN }, "the handler's value.iops"],
    getter: [{
      get iops() {
        throw new Error("no iops yet");
      },
    }, "no iops yet"],
    toJSON: [{
      toJSON() {
        throw new Error("no JSON for you");
      },
    }, "no JSON for you"],
  };
  const answers = await answersOf(
    Object.fromEntries(
      Object.entries(values).map(([event, [value]]) => [event, () => value]),
    ),
  );
  for (const [event, [, part]] of Object.entries(values)) {
    const { ras, message } = answers.get(event)!;
    assertEquals(ras, 0, event);
    assertStringIncludes(message!, part);
  }
});

Deno.test("any thrown value is a failure, and no error is uncaught", async () => {
  using caught = uncaught();
  class Sly extends Error {
    override get message(): string {
      throw new Error("not even that");
    }
  }
  const proxy = new Proxy({}, {
    getPrototypeOf() {
      throw new Error("hands off");
    },
  });
  const things: Record<string, [unknown, string]> = {
    error: [new Error("broken"), "broken"],
    "error without a text": [
      Object.assign(new Error(), { message: { code: 5 } }),
      "[object Object]",
    ],
    text: ["broken", "broken"],
    nothing: [undefined, "undefined"],
    null: [null, "null"],
    object: [{ code: 5 }, '{"code":5}'],
    "object without a prototype": [Object.create(null), "{}"],
    "error whose message throws": [new Sly(), "can't be shown"],
    proxy: [proxy, "can't be shown"],
    symbol: [Symbol("x"), "can't be shown"],
    cycle: [CYCLE, "can't be shown"],
  };
  const throwing = Object.entries(things).flatMap(([event, [thing]]) => [
    [event, () => {
      throw thing;
    }],
    [`${event}, later`, () => Promise.reject(thing)],
  ]);
  const answers = await answersOf(Object.fromEntries(throwing));
  for (const [event, { ras, message }] of answers) {
    assertEquals(ras, 0, event);
    const [, part] = things[event.replace(", later", "")]!;
    assertStringIncludes(message!, part, event);
  }
  assertEquals(caught.errors, []);
});

Deno.test("a message above the size limit is a failure that names the limit", async () => {
  await using broker = Broker.listen({ port: 0 });
  const long = "x".repeat(2_000);
  const answers = await answersOf({
    text: () => long,
    json: () => [long],
    error: () => {
      throw new Error(long);
    },
    short: () => "short",
  }, { url: broker.url, maxPayload: 1_024 });
  for (const event of ["text", "json", "error"]) {
    const { ras, message } = answers.get(event)!;
    assertEquals(ras, 0, event);
    assertStringIncludes(message!, "must be at most 1024 bytes: it has 2");
  }
  assertEquals(answers.get("short")?.ras, 1);
});

Deno.test("the signal of a handler aborts with the reason of the shutdown, with the loss of the exporter, or with the end of serving", async () => {
  type End = (
    exporter: SignalExporter,
    responder: SignalResponder,
  ) => Promise<void>;
  const ends: readonly [End, string, string | undefined, RegExp][] = [
    [
      (exporter) => exporter.shutdown({ reason: "the disk is full" }),
      "shutdown",
      "the disk is full",
      /^The publisher fio-.* has shut down: the disk is full$/,
    ],
    [
      (exporter) => exporter.shutdown(),
      "shutdown",
      undefined,
      /^The publisher fio-.* has shut down$/,
    ],
    [(exporter) => exporter.close(), "lost", undefined, /^The .* is lost$/],
    [(_, responder) => responder.close(), "ended", undefined, /^Serving was/],
  ];
  for (const [end, why, reason, message] of ends) {
    await using broker = Broker.listen({ port: 0 });
    const options = { redis: broker.url, logLevel: "CRITICAL" } as const;
    await using responder = await SignalResponder.connect(options);
    await using exporter = await SignalExporter.connect("fio", options);
    const begun = Promise.withResolvers<AbortSignal>();
    const serving = responder.serve({
      start: (_, { signal }) => {
        begun.resolve(signal);
        return new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason))
        );
      },
    });
    await exporter.initializeAndWait(1, ["start"]);
    const publishing = exporter.publishSignal("start").catch(() => {});
    const signal = await begun.promise;
    const aborted = eventOf(signal, "abort");
    await end(exporter, responder);
    await aborted;
    const error = signal.reason;
    assertInstanceOf(error, AbandonedError);
    assertEquals([error.why, error.reason], [why, reason]);
    assertEquals(error.publisherId, exporter.publisherId);
    assertMatch(error.message, message);
    await responder.close();
    await serving;
    await exporter.close();
    await publishing;
  }
});

Deno.test("a handler of initialization is refused, because it would never run", async () => {
  const options = { redis: new MemoryTransport() };
  await using responder = await SignalResponder.connect(options);
  await assertRejects(
    () => responder.serve({ initialization: () => {} }),
    RangeError,
    'Cannot serve "initialization" as it must have no handler',
  );
});

Deno.test("serving ends after initialization, which is answered, if until says so", async () => {
  const options = {
    redis: new MemoryTransport(),
    logLevel: "CRITICAL",
  } as const;
  await using responder = await SignalResponder.connect(options);
  const serving = responder.serve({}, { until: "initialization" });
  await using exporter = await SignalExporter.connect("fio", options);
  await exporter.initializeAndWait(1, "any");
  await within(serving, { what: "serving to end" });
});
