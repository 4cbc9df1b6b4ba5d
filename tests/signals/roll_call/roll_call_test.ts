/**
 * Roll calls in one process, on the embedded broker and on a real Redis.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openTransport } from "../../../src/connect.ts";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { controlChannel } from "../../../src/protocol/extension/own_channels.ts";
import { RedisPermissionError } from "../../../src/link/errors.ts";
import {
  Presence,
  type PresenceOptions,
} from "../../../src/signals/roll_call/presence.ts";
import { SignalExporter } from "../../../src/signals/exporter/exporter.ts";
import { parseQuery } from "../../../src/signals/roll_call/message.ts";
import {
  rollCall,
  type RollCallOptions,
} from "../../../src/signals/roll_call/roll_call.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import { FakeTransport } from "../../support/fake_transport.ts";
import { type OpenPlace, places } from "../../support/places.ts";
import {
  DEFAULT_USER_OFF,
  leastPrivilegeUser,
} from "../../support/redis_acl.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";

const PLACES = [
  "in memory",
  "on the embedded broker by RESP3",
  "on Redis by RESP3",
];

/** The exporters at a place, and the options of a roll call there. */
class Hall implements AsyncDisposable {
  readonly options: RollCallOptions;
  readonly #open = new AsyncDisposableStack();

  constructor({ redis }: OpenPlace) {
    this.options = {
      redis,
      namespace: crypto.randomUUID(),
      logLevel: "CRITICAL",
    };
  }

  async exporter(
    processName: string,
    state?: ReturnType<PresenceOptions["state"]>,
  ): Promise<Presence> {
    const transport = await openTransport(this.options);
    this.#open.defer(() => transport.close());
    const presence = new Presence({
      identity: {
        publisherId: `${processName}-${crypto.randomUUID()}`,
        processName,
        runnerHost: "host",
        namespace: this.options.namespace,
      },
      subscribers: new Set(["a"]),
      state: () => state,
      greet: () => {},
      logger: leveledLogger(undefined, "CRITICAL"),
    });
    await presence.open(transport, () => {});
    this.#open.defer(() => presence.close());
    return presence;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#open.disposeAsync();
  }
}

const CASES: Record<string, (hall: Hall) => Promise<void>> = {
  "all exporters answer with their states": async (hall) => {
    const state = { event: "start", tag: "run 7", since: Date.now() };
    await hall.exporter("fio", state);
    await hall.exporter("uperf");
    const reports = await rollCall(hall.options);
    assertEquals(
      reports.map(({ processName, state, tag }) => [processName, state, tag]),
      [["fio", "start", "run 7"], ["uperf", "initialization", undefined]],
    );
  },

  "the roll call ends when `count` exporters have answered": async (hall) => {
    await hall.exporter("fio");
    await hall.exporter("uperf");
    const options = { ...hall.options, timeout: Infinity };
    assertEquals((await rollCall({ ...options, count: 2 })).length, 2);
    assertEquals((await rollCall({ ...options, count: 1 })).length, 1);
  },

  "a roll call for a process name gets the report of that process only": async (
    hall,
  ) => {
    await hall.exporter("fio");
    await hall.exporter("uperf");
    const [report, ...others] = await rollCall({
      ...hall.options,
      process: "uperf",
      count: 1,
      timeout: Infinity,
    });
    assertEquals([report?.processName, others], ["uperf", []]);
  },

  "only reports that pass the filter are kept and counted": async (hall) => {
    await hall.exporter("fio");
    const state = { event: "start", tag: undefined, since: Date.now() };
    await hall.exporter("fio", state);
    const options = { ...hall.options, timeout: Infinity, count: 1 };
    const [report] = await rollCall({
      ...options,
      filter: ({ state }) => state === "start",
    });
    assertEquals(report?.state, "start");
    const broken = () => {
      throw new RangeError("broken");
    };
    const asking = rollCall({ ...options, filter: broken });
    await assertRejects(() => asking, RangeError, "broken");
  },

  "a closed exporter does not answer": async (hall) => {
    await (await hall.exporter("fio")).close();
    assertEquals(await rollCall({ ...hall.options, timeout: 100 }), []);
  },

  "an abort rejects the roll call with its reason": async (hall) => {
    const abort = new AbortController();
    const asking = rollCall({
      ...hall.options,
      timeout: Infinity,
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new RangeError("enough")), 50);
    await assertRejects(() => asking, RangeError, "enough");
  },
};

for (const { name, ignore, open } of places()) {
  if (!PLACES.includes(name)) continue;
  Deno.test({
    name: `roll calls are answered ${name}`,
    ignore,
    async fn(t) {
      await using place = await open();
      for (const [name, run] of Object.entries(CASES)) {
        await t.step(name, async () => {
          await using hall = new Hall(place);
          await run(hall);
        });
      }
    },
  });
}

Deno.test("a text that is no report is ignored, and the last report of an exporter counts", async () => {
  const redis = new MemoryTransport();
  const report = {
    v: 1,
    publisherId: "fio-1",
    processName: "fio",
    runnerHost: "host",
    since: 7,
    subscribers: [],
  };
  await redis.subscribe([controlChannel()], {
    message: (query) => {
      const channel = parseQuery(query)!;
      redis.publish(channel, "null");
      redis.publish(channel, JSON.stringify({ ...report, state: 7 }));
      redis.publish(channel, JSON.stringify({ ...report, state: "start" }));
      redis.publish(channel, JSON.stringify({ ...report, state: "stop" }));
    },
  });
  const reports = await rollCall({ redis, timeout: 50 });
  assertEquals(reports.map(({ state }) => state), ["stop"]);
  await redis.close();
});

Deno.test("a link that is lost during a roll call rejects the roll call", async () => {
  const redis = new FakeTransport();
  const asking = rollCall({ redis, timeout: Infinity });
  await new Promise((resolve) => setTimeout(resolve));
  redis.change({ state: "down", cause: new RangeError("cut") });
  await assertRejects(() => asking, RangeError, "cut");
  assertEquals([redis.channels, redis.closed], [[], false]);
});

Deno.test({
  name: "a user without permission for the channels gets a permission error",
  ...needsRedis("A roll call without permission is"),
  async fn() {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, leastPrivilegeUser("signals", "sesame")],
    });
    await assertRejects(
      () => rollCall({ redis: server.urlAs("signals", "sesame") }),
      RedisPermissionError,
    );
  },
});

Deno.test("rollCall() refuses options that can't be used and a signal that is aborted", async () => {
  const refused: [unknown, new (message: string) => Error, string][] = [
    [{ timeout: -1 }, RangeError, "Cannot use timeout"],
    [{ count: 0 }, RangeError, "Cannot use count"],
    [{ process: 7 }, TypeError, "Cannot use process"],
    [{ namespace: 7 }, TypeError, "Cannot use namespace"],
    [{ signal: AbortSignal.abort(new RangeError("no")) }, RangeError, "no"],
  ];
  for (const [options, ErrorClass, message] of refused) {
    const redis = new MemoryTransport();
    await assertRejects(
      () => rollCall({ redis, ...options as RollCallOptions }),
      ErrorClass,
      message,
    );
  }
});

Deno.test("exporters with long names, tags and rosters are on the roll with shortened fields", async () => {
  const redis = new MemoryTransport();
  const options = { redis, logLevel: "CRITICAL" } as const;
  const long = "x".repeat(5_000_000);
  await using big = await SignalExporter.connect(long, options);
  await using small = await SignalExporter.connect("fio", options);
  const expected = Array.from(
    { length: 3_000 },
    (_, n) => `${n} ${"y".repeat(5_000)}`,
  );
  await big.initialize(["start"], { expected: [long], tag: long });
  await small.initialize(["start"], { expected });
  const reports = await rollCall({ redis, count: 2 });
  assertEquals(
    reports.map(({ processName, subscribers, subscriberCount }) => [
      processName.length,
      subscribers.length,
      subscriberCount,
    ]),
    [[3, 999, 3_000], [1_001, 1, 1]],
  );
  for (const { publisherId } of reports) {
    assert(
      [big, small].some((each) =>
        each.publisherId.endsWith(publisherId.slice(-36))
      ),
    );
  }
  await redis.close();
});
