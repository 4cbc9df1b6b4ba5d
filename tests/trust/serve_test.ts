import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import type {
  Handler,
  RedisOptions,
  ServeOptions,
  SignalExporter,
  SignalResponder,
} from "../../mod.ts";
import { eventOf, until, within } from "../support/wait.ts";
import { onEveryServer, type TrustStage } from "./trust_stage.ts";

const HANDLERS: Readonly<Record<string, Handler>> = {
  say: () => "done",
  promise: () => Promise.resolve("done later"),
  silent: () => {},
  throw: () => {
    throw new Error("broken");
  },
  reject: () => Promise.reject(new TypeError("broken later")),
  odd: () => Promise.reject("no error"),
};

/** The response to each event that has a handler. */
const ANSWERS: Readonly<Record<string, [ras: number, message?: string]>> = {
  say: [1, "done"],
  promise: [1, "done later"],
  silent: [1],
  throw: [0, "broken"],
  reject: [0, "broken later"],
  odd: [0, "no error"],
};

onEveryServer(
  "the outcome of a handler is the response, and initialization needs no handler",
  async (stage) => {
    await using served = await serve(stage, HANDLERS);
    const { exporter, responder } = served;
    for (const [event, [ras, message]] of Object.entries(ANSWERS)) {
      const { acks } = await exporter.publishSignal(event);
      const ack = acks.get(responder.responderId);
      assertEquals([ack?.ras, ack?.message], [ras, message], event);
    }
  },
);

onEveryServer(
  "a Python exporter gets the outcome of a handler as the response",
  async (stage) => {
    await using served = await serve(stage, {
      ...HANDLERS,
      slow: async (_, { progress }) => {
        await progress("at work");
        await delay(250);
        return "done in spite of progress";
      },
    }, { progressInterval: 50 });
    const { responderId } = served.responder;
    const exporter = await stage.pythonExporter();
    assert(await exporter.initializeAndWait(1, ["say", "throw", "slow"]));
    assertEquals(await exporter.publishSignal("say"), {
      code: 0,
      messages: { [responderId]: "done" },
    });
    assertEquals(await exporter.publishSignal("throw"), {
      code: 1,
      messages: { [responderId]: "broken" },
    });
    const { code, messages } = await exporter.publishSignal("slow");
    assertEquals([code, messages], [0, {
      [responderId]: "done in spite of progress",
    }]);
  },
  { python: true },
);

onEveryServer(
  "the option `unknown` decides whether an event without a handler is ignored, succeeds or fails",
  async (stage) => {
    for (
      const [unknown, code] of [["pass", 2], ["succeed", 0], [
        "fail",
        1,
      ]] as const
    ) {
      await using served = await serve(stage, HANDLERS, { unknown });
      const result = await served.exporter.publishSignal("never heard of", {
        timeout: unknown === "pass" ? 300 : 20_000,
      });
      assertEquals(result.code, code, unknown);
    }
  },
);

onEveryServer(
  "progress is sent at its interval while a handler runs, and when the handler calls progress()",
  async (stage) => {
    await using served = await serve(stage, {
      work: async (_, { progress }) => {
        await delay(900);
        await progress("half of it");
        await delay(900);
      },
    }, { progressInterval: 100 });
    const told: unknown[] = [];
    served.exporter.addEventListener("progress", ({ detail }) => {
      told.push(detail.message);
    });
    const { ok } = await served.exporter.publishSignal("work", {
      idleTimeout: 1_300,
    });
    assert(ok);
    assert(told.length >= 3, `only ${told.length} signs of progress`);
    assertEquals(told.filter((each) => each !== undefined), ["half of it"]);
    const after = told.length;
    await delay(350);
    assertEquals(told.length, after);
  },
);

onEveryServer(
  "handlers begin in the order of the signals, at most `concurrency` at a time",
  async (stage) => {
    for (const concurrency of [1, 3]) {
      let running = 0;
      let most = 0;
      const begun: number[] = [];
      await using served = await serve(stage, {
        work: async ({ sampleNo }) => {
          most = Math.max(most, ++running);
          begun.push(Number(sampleNo));
          await until(() => most >= concurrency, {
            what: `${concurrency} handlers to run`,
          });
          await delay(10);
          running--;
          return `${sampleNo}`;
        },
      }, { concurrency });
      const results = await Promise.all(
        Array.from(
          { length: 9 },
          (_, sample) => served.exporter.publishSignal("work", { sample }),
        ),
      );
      const answers = results.flatMap(({ messages }) =>
        Object.values(messages)
      );
      assertEquals(answers, ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
      assertEquals(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      assertEquals(most, concurrency);
    }
  },
);

onEveryServer(
  "a handler's signal aborts when its publisher shuts down or is lost, or serving ends",
  async (stage) => {
    const ends: Record<string, (served: Served) => unknown> = {
      "shut down": ({ exporter }) => exporter.shutdown({ tag: "shut down" }),
      "lost": ({ exporter }) => exporter.close(),
      "ended": ({ ending }) => ending.abort(),
      "closed": ({ responder }) => responder.close(),
    };
    await Promise.all(
      Object.entries(ends).map(async ([how, end]) => {
        const begun = Promise.withResolvers<AbortSignal>();
        const served = await serve(stage, {
          work: async (_, { signal }) => {
            begun.resolve(signal);
            await new Promise((resolve) =>
              signal.addEventListener("abort", resolve)
            );
          },
        }, { tag: how });
        const publishing = served.exporter.publishSignal("work", { tag: how });
        const signal = await begun.promise;
        assertEquals(signal.aborted, false, how);
        await end(served);
        await until(() => signal.aborted, {
          what: `"${how}" to abort the handler`,
        });
        await served[Symbol.asyncDispose]();
        await publishing;
      }),
    );
  },
);

onEveryServer(
  "with `until`, serving ends after the handler of that event",
  async (stage) => {
    const handled: string[] = [];
    const served = await serve(stage, {
      work: async ({ event }) => {
        await delay(50);
        handled.push(event);
      },
      shutdown: ({ event }) => void handled.push(event),
    }, { until: "shutdown" });
    const { exporter, serving } = served;
    assert((await exporter.publishSignal("work")).ok);
    await exporter.shutdown();
    await within(serving, { what: "serving to end" });
    assertEquals(handled, ["work", "shutdown"]);
    await served[Symbol.asyncDispose]();
  },
);

onEveryServer(
  "a redelivered signal is handled once",
  async (stage) => {
    const link = await stage.proxy();
    let handled = 0;
    const begun = Promise.withResolvers<void>();
    await using served = await serve(stage, {
      work: async () => {
        handled++;
        begun.resolve();
        await delay(200);
        return "done";
      },
    }, { redis: { url: link.url, minBackoff: 5, maxBackoff: 50 } });
    const publishing = served.exporter.publishSignal("work");
    await begun.promise;
    const reconnected = eventOf(served.exporter, "reconnect");
    link.cut();
    await reconnected;
    const { ok, messages } = await publishing;
    assert(ok);
    assertEquals(Object.values(messages), ["done"]);
    assertEquals(handled, 1);
  },
);

onEveryServer(
  "handlers and options of serve() that can't be used are refused",
  async (stage) => {
    const responder = await stage.responder();
    const handlers = { work: "not a function" as unknown as Handler };
    await assertRejects(() => responder.serve(handlers), TypeError, "work");
    for (const concurrency of [0, NaN]) {
      await assertRejects(
        () => responder.serve({}, { concurrency }),
        RangeError,
        "concurrency",
      );
    }
    await assertRejects(
      () => responder.serve({}, { unknown: "ignore" as "pass" }),
      RangeError,
      "unknown",
    );
  },
);

interface Served extends AsyncDisposable {
  readonly responder: SignalResponder;
  readonly exporter: SignalExporter;
  readonly ending: AbortController;
  readonly serving: Promise<void>;
}

/** A responder that serves, and an exporter that it has joined. */
async function serve(
  stage: TrustStage,
  handlers: Readonly<Record<string, Handler>>,
  { tag, redis, ...options }: ServeOptions & {
    tag?: string;
    redis?: RedisOptions;
  } = {},
): Promise<Served> {
  const responder = await stage.responder();
  if (tag !== undefined) responder.lockTag(tag);
  const ending = new AbortController();
  const serving = responder.serve(handlers, {
    ...options,
    signal: ending.signal,
  });
  const exporter = await stage.exporter(redis === undefined ? {} : { redis });
  const joined = await exporter.initializeAndWait(
    1,
    [...Object.keys(handlers), "never heard of"].filter((event) =>
      event !== "shutdown"
    ),
    tag === undefined ? {} : { tag },
  );
  assert(joined);
  return {
    responder,
    exporter,
    ending,
    serving,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await within(serving, { what: "serving to end" });
      await responder.close();
      await exporter.close();
    },
  };
}
