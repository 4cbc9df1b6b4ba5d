/**
 * `serve` logs each failure that no peer hears of, where a handler has failed,
 * and nothing where all goes as documented.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Logger } from "../../../src/internal/logger.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import type {
  Handlers,
  ServeOptions,
} from "../../../src/signals/responder/options.ts";
import { SignalResponder } from "../../../src/signals/responder/responder.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import { eventOf, within } from "../../support/wait.ts";

/** Takes lines down, each after its severity. */
class Lines implements Logger {
  readonly all: string[] = [];
  readonly debug = (line: string): void => void this.all.push(`DEBUG ${line}`);
  readonly info = (line: string): void => void this.all.push(`INFO ${line}`);
  readonly warn = (line: string): void => void this.all.push(`WARNING ${line}`);
  readonly error = (line: string): void => void this.all.push(`ERROR ${line}`);
}

/** A responder that serves, and an exporter whose only subscriber it is. */
async function serve(handlers: Handlers, options: ServeOptions = {}) {
  const redis = new MemoryTransport();
  const lines = new Lines();
  const responder = await SignalResponder.connect({
    redis,
    logger: lines,
    logLevel: "DEBUG",
    id: "vm-1",
  });
  const serving = responder.serve(handlers, options);
  const exporter = await SignalExporter.connect("fio", {
    redis,
    logLevel: "CRITICAL",
  });
  await exporter.initializeAndWait(1, "any");
  const { all } = lines;
  return {
    responder,
    exporter,
    serving: () => within(serving, { what: "serving to end" }),
    lines: all,
    async [Symbol.asyncDispose]() {
      await responder.close();
      await exporter.close();
      await serving;
    },
  };
}

Deno.test("what a handler of shutdown throws is logged as an error, with the stack", async () => {
  await using served = await serve({
    shutdown: async function tearDown() {
      await Promise.resolve();
      throw new Error("teardown failed");
    },
  }, { until: "shutdown" });
  await served.exporter.shutdown();
  await served.serving();
  assertEquals(served.lines.length, 1);
  assertMatch(
    served.lines[0]!,
    /^ERROR The handler of "shutdown" of fio-\S+ has failed: teardown failed \(at .*tearDown.*serve_log_test\.ts/,
  );
});

Deno.test("what another handler throws is logged as a note with the stack, and told as a message without", async () => {
  await using served = await serve({
    start: function begin() {
      throw new TypeError("broken");
    },
    stop: () => Promise.reject("no error"),
  });
  const { messages } = await served.exporter.publishSignal("start");
  assertEquals(messages, { "vm-1": "broken" });
  await served.exporter.publishSignal("stop");
  const [start, stop, ...rest] = served.lines;
  assertMatch(start!, /^INFO The handler of "start" .* broken \(at .*begin/);
  assertMatch(stop!, /^INFO The handler of "stop" .* has failed: no error$/);
  assertEquals(rest, []);
});

Deno.test("the line of a failure is cut, and shows no cause and no field", async () => {
  const long = "x".repeat(100_000);
  await using served = await serve({
    start() {
      const error = new Error(long, { cause: "hidden" });
      error.stack += `\n    at ${long}`;
      throw Object.assign(error, { password: "hidden" });
    },
    stop() {
      throw {
        get stack() {
          throw new Error("not that");
        },
      };
    },
  });
  await served.exporter.publishSignal("start");
  await served.exporter.publishSignal("stop");
  const [start, stop] = served.lines;
  assert(start!.length < 6_000, `${start!.length} characters`);
  assertMatch(start!, /x… \(at .*serve_log_test\.ts/);
  assert(!start!.includes("hidden"));
  assertMatch(stop!, /has failed: /);
});

Deno.test("a handler of shutdown that its own end has stopped is no error", async () => {
  const begun = Promise.withResolvers<void>();
  await using served = await serve({
    shutdown(_, { signal }) {
      begun.resolve();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  }, { until: "shutdown" });
  await served.exporter.shutdown();
  await begun.promise;
  await served.responder.close();
  await served.serving();
  assertMatch(served.lines.join("\n"), /^INFO .*: Serving was ended .*$/);
});

/** Publishes an event that may get no answer. */
async function publish(
  { exporter }: { exporter: SignalExporter },
  event: string,
  timeout = 20,
): Promise<number> {
  return (await exporter.publishSignal(event, { timeout })).code;
}

Deno.test("the log warns once of each event that no handler takes, and says what to do", async () => {
  await using served = await serve({ start() {} });
  const heard: string[] = [];
  served.responder.addEventListener("unhandled", ({ detail }) => {
    heard.push(detail.signal.event);
  });
  for (const event of ["strat", "stop", "strat"]) {
    assertEquals(await publish(served, event), 2);
  }
  assertEquals(await publish(served, "start", 20_000), 0);
  await served.exporter.shutdown();
  await served.exporter.initializeAndWait(1, "any");
  const said = (event: string) =>
    `WARNING No handler takes "${event}" of ${served.exporter.publisherId}, so its publishes get no answer from here: add a handler of that event or of "*", or say unknown: "pass" if that is meant`;
  assertEquals(served.lines, ["strat", "stop"].map(said));
  assertEquals(heard, ["strat", "stop"]);
});

Deno.test('the warning is left out where `unknown` is given, a handler of "*" is there, a lock is set, or another loop gets the signals, too', async () => {
  const cases: readonly [
    Handlers,
    ServeOptions,
    ((responder: SignalResponder) => void)?,
  ][] = [
    [{}, { unknown: "pass" }],
    [{}, { unknown: "succeed" }],
    [{}, { unknown: "fail" }],
    [{ "*": () => {} }, {}],
    [{}, {}, (responder) => responder.lockTag("another")],
    [{}, {}, (responder) => void responder.listen()],
  ];
  for (const [handlers, options, prepare] of cases) {
    await using served = await serve(handlers, options);
    prepare?.(served.responder);
    await publish(served, "strat");
    assertEquals(served.lines, []);
  }
});

Deno.test("no more than a hundred events are warned of", async () => {
  await using served = await serve({});
  for (let n = 0; n < 120; n++) {
    await served.exporter.publishSignal(`${n} ${"x".repeat(100)}`, {
      timeout: 1,
    });
  }
  assertEquals(served.lines.length, 100);
  assert(served.lines.every((line) => line.length < 400));
});

Deno.test("the event that ends serving is treated as `unknown` says where it has no handler", async () => {
  for (const [unknown, code] of [["succeed", 0], ["fail", 1]] as const) {
    await using served = await serve({}, { unknown, until: "stop" });
    const { code: got } = await served.exporter.publishSignal("stop");
    assertEquals(got, code);
    await served.serving();
  }
  await using served = await serve({}, { until: "stop" });
  assertEquals(await publish(served, "stop"), 2);
  await served.serving();
  assertMatch(served.lines.join("\n"), /^WARNING No handler takes "stop".*$/);
});

/** A handler that works until its signal aborts, and then for `rest` rounds more. */
function worker(begun: () => void, rest = 0): Handlers[string] {
  return async (_, { signal }) => {
    begun();
    await eventOf(signal, "abort");
    for (let n = 0; n < rest; n++) await delay(1);
    throw signal.reason;
  };
}

Deno.test('close() while a handler runs and shows progress logs no error, and the exporter has "left"', async () => {
  const begun = Promise.withResolvers<void>();
  await using served = await serve({ start: worker(begun.resolve, 20) }, {
    progressInterval: 1,
  });
  const publishing = served.exporter.publishSignal("start");
  await begun.promise;
  await served.responder.close();
  await served.serving();
  const { missing } = await publishing;
  assertEquals(missing, new Map([["vm-1", "left"]]));
  assertMatch(served.lines.join("\n"), /^INFO .*: Serving was ended .*$/);
});

Deno.test("the end of serving by its signal while a handler runs logs no error, and the answer is a failure", async () => {
  const begun = Promise.withResolvers<void>();
  const ending = new AbortController();
  await using served = await serve({ start: worker(begun.resolve, 20) }, {
    progressInterval: 1,
    signal: ending.signal,
  });
  const publishing = served.exporter.publishSignal("start");
  await begun.promise;
  ending.abort();
  await served.serving();
  const { messages, acks } = await publishing;
  assertEquals(messages, { "vm-1": "Serving was ended" });
  assertEquals(acks.get("vm-1")?.ras, 0);
  assertMatch(served.lines.join("\n"), /^INFO .*: Serving was ended .*$/);
});
