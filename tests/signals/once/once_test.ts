/**
 * `once()` in one process and in several, on the embedded broker and on a real
 * Redis: whose function runs, what all parties get, and how lost links and
 * processes affect them.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Broker } from "../../../src/broker/mod.ts";
import { RedisPermissionError } from "../../../src/link/errors.ts";
import { OnceError } from "../../../src/signals/once/error.ts";
import { once } from "../../../src/signals/once/once.ts";
import type {
  OnceOptions,
  OnceResult,
} from "../../../src/signals/once/options.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { places } from "../../support/places.ts";
import { DEFAULT_USER_OFF } from "../../support/redis_acl.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { until, within } from "../../support/wait.ts";
import { storm } from "./storm.ts";
import { Tally } from "./tally.ts";

const QUIET = { logLevel: "CRITICAL" } as const;
const ABC = ["a", "b", "c"];

type Call = <T>(
  party: string,
  options: Omit<OnceOptions<T>, "parties" | "party">,
) => Promise<OnceResult<T>>;

const CASES: Record<string, (call: Call) => Promise<void>> = {
  "one function runs, and all parties get its value": async (call) => {
    let runs = 0;
    const run = async () => {
      runs++;
      await Promise.resolve();
      return { seed: crypto.randomUUID(), list: [1, null, "ä", 2n ** 64n] };
    };
    const results = await Promise.all(ABC.map((party) => call(party, { run })));
    assertEquals(runs, 1);
    for (const { value, by } of results) {
      assertEquals(value, results[0]!.value);
      assertEquals(value.list, [1, null, "ä", 2n ** 64n]);
      assertEquals(by, results[0]!.by);
    }
  },

  "no function runs before all parties are there": async (call) => {
    let runs = 0;
    const run = () => ++runs;
    const errors = await Promise.all(
      ["a", "b"].map((party) => failure(call(party, { run, timeout: 300 }))),
    );
    assertEquals(runs, 0);
    for (const { reason, outcome } of errors) {
      assertEquals([reason, outcome], ["timeout", "not-run"]);
    }
    assert(errors.some(({ missing }) => missing.includes("c")));
    assert(errors[0]!.message.includes("missing"), errors[0]!.message);
  },

  "all parties get the name and the message of an error that the function throws":
    async (call) => {
      const run = () => {
        throw new RangeError("no disk");
      };
      const errors = await Promise.all(
        ABC.map((party) => failure(call(party, { run }))),
      );
      for (const { reason, outcome, by, cause, message } of errors) {
        assertEquals([reason, outcome, by], ["threw", "failed", errors[0]!.by]);
        const { name, message: text } = cause as Error;
        assertEquals([name, text], ["RangeError", "no disk"]);
        assertEquals(
          message,
          `Cannot get the value of once "set-up" as the function of "${by}" threw RangeError: no disk`,
        );
      }
    },

  "whatever a function throws is its error": async (call) => {
    const unreadable = new Error();
    Object.defineProperty(unreadable, "message", {
      get() {
        throw new Error("the message can't be read");
      },
    });
    const toString = () => {
      throw new Error("the object can't be made text");
    };
    for (const thrown of [Object.create(null), { toString }, unreadable]) {
      const run = () => {
        throw thrown;
      };
      const errors = await Promise.all(
        ABC.map((party) => failure(call(party, { run }))),
      );
      for (const { outcome, message } of errors) {
        assertEquals(outcome, "failed");
        assert(message.includes("can't be shown"), message);
      }
    }
  },

  "a function may return nothing": async (call) => {
    const results = await Promise.all(
      ABC.map((party) => call(party, { run: () => {} })),
    );
    for (const { value } of results) assertEquals(value, undefined);
  },

  "a value that is no JSON, or too long, is an error for all parties": async (
    call,
  ) => {
    const refused: [unknown, string][] = [
      [{ a: [NaN] }, "encode the value of run.a[0] as it must be finite"],
      [new Set(), "it must be a plain object"],
      [() => {}, "it must be a JSON value"],
      ["x".repeat(64 * 1024), "it must take at most 65536 bytes as JSON"],
    ];
    for (const [value, reason] of refused) {
      const errors = await Promise.all(
        ABC.map((party) => failure(call(party, { run: () => value }))),
      );
      for (const { message } of errors) assertStringIncludes(message, reason);
    }
    const longest = "x".repeat(64 * 1024 - 2);
    const results = await Promise.all(
      ABC.map((party) => call(party, { run: () => longest })),
    );
    for (const { value } of results) assertEquals(value, longest);
  },

  "twenty calls in a row have the same value at each party": async (call) => {
    const rounds = await Promise.all(ABC.map(async (party) => {
      const values: string[] = [];
      for (let n = 0; n < 20; n++) {
        const run = () => crypto.randomUUID();
        values.push((await call(party, { run })).value);
      }
      return values;
    }));
    assertEquals(new Set(rounds[0]).size, 20);
    assertEquals(rounds[1], rounds[0]);
    assertEquals(rounds[2], rounds[0]);
  },

  "a call ignores the messages of another generation": async (call) => {
    const run = () => "old";
    const old = failure(call("a", { run, timeout: 500 }));
    await Promise.all(
      ABC.map((party) => call(party, { run: () => "new", generation: 1 })),
    );
    const { outcome, ignored } = await old;
    assertEquals(outcome, "not-run");
    assert(ignored > 3, `${ignored}`);
  },

  "parties with different takeoverAfter do not meet": async (call) => {
    const run = () => 1;
    const errors = await Promise.all(
      ABC.map((party, n) =>
        failure(call(party, { run, timeout: 300, takeoverAfter: 1_000 + n }))
      ),
    );
    for (const { outcome } of errors) assertEquals(outcome, "not-run");
  },

  "the signal of a function that has ended does not abort": async (call) => {
    const signals: AbortSignal[] = [];
    const run = (signal: AbortSignal) => void signals.push(signal);
    await Promise.all(ABC.map((party) => call(party, { run })));
    assertEquals(signals.map(({ aborted }) => aborted), [false]);
  },

  'of two calls of a party one ends as "replaced", and the other takes its place':
    async (call) => {
      const run = () => "done";
      const twice = Promise.allSettled([
        call("a", { run }),
        call("a", { run }),
      ]);
      const others = ["b", "c"].map((party) => call(party, { run }));
      for (const { value } of await Promise.all(others)) {
        assertEquals(value, "done");
      }
      const reasons = (await twice).map((end) =>
        end.status === "rejected" ? end.reason.reason : end.value.value
      );
      assertEquals(reasons.sort(), ["done", "replaced"]);
    },

  "a party that aborts while it runs stops its function, and another party takes over":
    async (call) => {
      let runner = "";
      let reason: unknown;
      const ends = await Promise.allSettled(ABC.map((party) => {
        const abort = new AbortController();
        const run = async (signal: AbortSignal) => {
          if (runner !== "") return "taken over";
          runner = party;
          abort.abort(new Error("cancelled"));
          await stopped(signal);
          reason = signal.reason;
          return "too late";
        };
        return call(party, { run, takeoverAfter: 1_000, signal: abort.signal });
      }));
      assertEquals((reason as Error).message, "cancelled");
      ends.forEach((end, n) => {
        if (end.status === "fulfilled") {
          assertEquals(end.value.value, "taken over");
          return assert(ABC[n] !== runner);
        }
        assertEquals(ABC[n], runner);
        const { reason, outcome, cause } = end.reason as OnceError;
        assertEquals([reason, outcome], ["aborted", "unknown"]);
        assertEquals((cause as Error).message, "cancelled");
      });
    },

  "100 parties get the same value": async (call) => {
    const start = performance.now();
    const parties = Array.from({ length: 100 }, (_, n) => `${n}`);
    const options = { parties, run: () => crypto.randomUUID() };
    const results = await Promise.all(
      parties.map((party) => call(party, options)),
    );
    assertEquals(new Set(results.map(({ value }) => value)).size, 1);
    console.log(
      `100 parties in one process: ${(performance.now() - start).toFixed()} ms`,
    );
  },
};

const PLACES = [
  "in memory",
  "on the embedded broker by RESP3",
  "on Redis by RESP3",
];

for (const { name, ignore, open } of places()) {
  if (!PLACES.includes(name)) continue;
  Deno.test({
    name: `one party runs, and all get the value ${name}`,
    ignore,
    async fn(t) {
      await using place = await open();
      for (const [name, run] of Object.entries(CASES)) {
        await t.step(name, async () => {
          const { redis } = place;
          const namespace = crypto.randomUUID();
          await run((party, options) =>
            within(
              once("set-up", {
                redis,
                namespace,
                parties: ABC,
                party,
                ...QUIET,
                ...options,
              }),
              { timeout: 60_000, what: `${party} to leave` },
            )
          );
        });
      }
    },
  });
}

Deno.test("the signal of a runner whose link is mute aborts before another party runs, and all get the value of that one", async () => {
  await using broker = Broker.listen();
  const events: string[] = [];
  const heal: (() => Promise<void>)[] = [];
  const parties = ["a", "b"];
  const results = await Promise.all(parties.map(async (party) => {
    await using proxy = await FaultProxy.start(broker);
    const run = async (signal: AbortSignal) => {
      events.push("runs");
      if (events.length > 1) {
        await heal[0]!();
        return party;
      }
      heal.push(() => proxy.heal());
      proxy.blackhole();
      await stopped(signal);
      events.push("stops");
      throw signal.reason;
    };
    return await once("set-up", {
      redis: { url: proxy.url, minBackoff: 10 },
      parties,
      party,
      takeoverAfter: 2_000,
      timeout: 60_000,
      ...QUIET,
      run,
    });
  }));
  assertEquals(events, ["runs", "stops", "runs"]);
  assertEquals(results[0]!.value, results[1]!.value);
  assertEquals(results[0]!.by, results[1]!.value);
});

Deno.test("once() fails as disconnected when its transport is closed while it waits", async () => {
  const redis = new MemoryTransport();
  const waiting = failure(
    once("set-up", { redis, parties: 2, run: () => 1, ...QUIET }),
  );
  await until(
    async () =>
      (await redis.countSubscribers(["state-signals:once:set-up"]))[0],
    { what: "the party to subscribe" },
  );
  await redis.close();
  const { reason, outcome, cause } = await waiting;
  assertEquals([reason, outcome], ["disconnected", "not-run"]);
  assertEquals((cause as Error).message, "The memory transport was closed");
});

Deno.test("a party that gave up before all were there is not waited for", async () => {
  const redis = new MemoryTransport();
  const call = (party: string, timeout = 60_000) =>
    once("set-up", { redis, parties: 3, party, timeout, ...QUIET, run });
  const run = () => "done";
  const gone = failure(call("a", 300));
  const patient = call("b");
  assertEquals((await gone).outcome, "not-run");
  const results = within(
    Promise.all([patient, call("c"), call("d")]),
    { what: "the others to leave without it" },
  );
  for (const { value } of await results) assertEquals(value, "done");
});

Deno.test("a party that gives up while the function runs is not waited for", async () => {
  const redis = new MemoryTransport();
  const stops = new Map(ABC.map((party) => [party, new AbortController()]));
  const calls = ABC.map((party) =>
    once("set-up", {
      redis,
      parties: ABC,
      party,
      signal: stops.get(party)!.signal,
      ...QUIET,
      async run() {
        const other = party === "c" ? "b" : "c";
        stops.get(other)!.abort();
        await Promise.any(calls.map((call) => call.catch(() => "gave up")));
        return "done";
      },
    })
  );
  const before = performance.now();
  const results = await within(Promise.allSettled(calls), {
    what: "the others to leave without it",
  });
  assertEquals(results.map(({ status }) => status).sort(), [
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
  // A party that is waited for would take half of `takeoverAfter`, 15 s.
  assert(performance.now() - before < 10_000);
});

Deno.test("a party that calls again after it gave up gets the value of those that still wait for another one", async () => {
  const redis = new MemoryTransport();
  const parties = ABC.map((party) => ({
    party,
    transport: new MuteTransport(redis),
    stop: new AbortController(),
  }));
  let again: Promise<OnceResult<string>> | undefined;
  const call = (n: number): Promise<OnceResult<string>> => {
    const { party, transport, stop } = parties[n]!;
    return once("set-up", {
      redis: transport,
      parties: ABC,
      party,
      takeoverAfter: 4_000,
      ...QUIET,
      ...(again === undefined ? { signal: stop.signal } : {}),
      async run() {
        const [silent, gone] = others(n);
        parties[silent]!.transport.isMute = true; // it never says that it has the value
        again = Promise.withResolvers<OnceResult<string>>().promise;
        parties[gone]!.stop.abort();
        await failure(calls[gone]!);
        again = call(gone);
        return "done";
      },
    });
  };
  const calls = ABC.map((_, n) => call(n));
  const results = await Promise.allSettled(calls);
  assertEquals(results.map(({ status }) => status).sort(), [
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
  assertEquals((await again!).value, "done");
});

Deno.test("the signal of a function that has returned does not abort, however long its call waits for others", async () => {
  const redis = new MemoryTransport();
  const transports = ABC.map(() => new MuteTransport(redis));
  let signalOfRun: AbortSignal | undefined;
  const calls = transports.map((redis, n) =>
    once("set-up", {
      redis,
      parties: ABC,
      party: ABC[n]!,
      takeoverAfter: 400,
      ...QUIET,
      run(signal) {
        signalOfRun = signal;
        transports[others(n)[0]]!.isMute = true; // its party never says that it has the value
        return "done";
      },
    })
  );
  for (const { value } of await Promise.all(calls)) assertEquals(value, "done");
  assertEquals(signalOfRun?.aborted, false);
});

/** The numbers of the parties beside this one. */
function others(n: number): [number, number] {
  return [(n + 1) % ABC.length, (n + 2) % ABC.length];
}

Deno.test("once() refuses options that can't be used and a signal that is aborted", async () => {
  const redis = new MemoryTransport();
  const refused: [unknown, new (message: string) => Error, string][] = [
    [{ parties: 0 }, RangeError, "Cannot use parties as it must be a whole"],
    [{ parties: ["a"], party: "b" }, RangeError, 'current value is "b"'],
    [{ parties: 1, run: 1 }, TypeError, "Cannot use run as it must be a"],
    [{ parties: 1, takeoverAfter: 99 }, RangeError, "100 or more"],
    [{ parties: 1, takeoverAfter: "x" }, TypeError, "takeoverAfter"],
    [{ parties: 1, timeout: -1 }, RangeError, "Cannot use timeout"],
    [{ parties: 1, generation: 0.5 }, RangeError, "Cannot use generation"],
    [{ parties: 1, namespace: 7 }, TypeError, "Cannot use namespace"],
    [
      { parties: 1, signal: AbortSignal.abort(new RangeError("no")) },
      RangeError,
      "no",
    ],
  ];
  for (const [options, ErrorClass, message] of refused) {
    const all = { redis, run: () => 1, ...options as object };
    await assertRejects(
      () => once("set-up", all as unknown as OnceOptions<number>),
      ErrorClass,
      message,
    );
  }
});

const onRedis = needsRedis("once() on a real Redis is");

Deno.test({
  name: "once(): a user without permission to publish gets the server's error",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, "deaf on >sesame ~* &* +@all -publish"],
    });
    const redis = server.urlAs("deaf", "sesame");
    await within(
      assertRejects(
        () => once("set-up", { redis, parties: 2, run: () => 1, ...QUIET }),
        RedisPermissionError,
        "NOPERM",
      ),
      { what: "the refusal" },
    );
  },
});

Deno.test({
  name:
    "once(): a cluster is refused, because its nodes may order messages differently",
  ...onRedis,
  async fn() {
    await using node = await RedisServer.start({
      args: ["--cluster-enabled", "yes"],
    });
    await assertRejects(
      () =>
        once("set-up", {
          redis: node.url,
          parties: 1,
          run: () => 1,
          ...QUIET,
        }),
      TypeError,
      "the nodes of a cluster",
    );
  },
});

Deno.test("real processes that are cut, made mute, killed and stopped agree on the embedded broker", async () => {
  await using broker = Broker.listen();
  await weather(broker);
});

Deno.test({
  name:
    "real processes that are cut, made mute, killed and stopped agree on Redis",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start();
    await weather(server);
  },
});

async function weather(server: { hostname: string; port: number }) {
  const seed = Number(Deno.env.get("TEST_SEED") ?? Date.now() % 2 ** 31);
  const tally = new Tally();
  await storm(server, 8, seed, tally, 2);
  console.log(`seed ${seed}: ${tally.line}`);
  assertEquals(tally.violations, []);
}

function stopped(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  if (signal.aborted) resolve();
  return promise;
}

async function failure(call: Promise<unknown>): Promise<OnceError> {
  return await assertRejects(() => call, OnceError);
}

/** Another end of a transport in memory, which sends nothing while it is mute. */
class MuteTransport implements Transport {
  readonly name = "a mute transport";
  isMute = false;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  publish(...args: Parameters<Transport["publish"]>): Promise<number> {
    return this.isMute
      ? Promise.withResolvers<number>().promise
      : this.#transport.publish(...args);
  }

  subscribe(
    ...args: Parameters<Transport["subscribe"]>
  ): ReturnType<Transport["subscribe"]> {
    return this.#transport.subscribe(...args);
  }

  async close(): Promise<void> {}
}
