/**
 * Barriers in one process, on the embedded broker and on a real Redis: how they
 * open and fail, and how lost links, processes and servers affect them.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../../src/internal/timer.ts";
import {
  RedisConnectionError,
  RedisPermissionError,
} from "../../../src/link/errors.ts";
import { barrier } from "../../../src/signals/barrier/barrier.ts";
import { BarrierError } from "../../../src/signals/barrier/error.ts";
import type {
  BarrierOptions,
  BarrierResult,
} from "../../../src/signals/barrier/options.ts";
import { MemoryTransport } from "../../../src/transport/memory.ts";
import type { BarrierMessage } from "../../../src/signals/barrier/message.ts";
import { BarrierWatch } from "../../support/barrier_watch.ts";
import { startRole } from "../../support/child.ts";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { places } from "../../support/places.ts";
import {
  DEFAULT_USER_OFF,
  leastPrivilegeUser,
} from "../../support/redis_acl.ts";
import { needsRedis } from "../../support/redis_binary.ts";
import { RedisServer } from "../../support/redis_server.ts";
import { until, within } from "../../support/wait.ts";

const QUIET = { logLevel: "CRITICAL" } as const;
/** Milliseconds after which the first party to arrive knows that it is alone. */
const SETTLED = 600;
const ABC = ["a", "b", "c"];

/** One case; `call` calls a barrier at the place, `watch` reads its messages. */
type Case = (
  call: (party: string, options: BarrierOptions) => Promise<BarrierResult>,
  watch: BarrierWatch,
) => Promise<void>;

const CASES: Record<string, Case> = {
  "all parties leave together with the same list of members": async (call) => {
    const results = await Promise.all(
      ABC.map((party) => call(party, { parties: ABC })),
    );
    for (const { members } of results) {
      assertEquals(members, results[0]!.members);
    }
    assertEquals(results[0]!.members.toSorted(), ABC);
    assertEquals(
      results.map(({ index }) => results[0]!.members[index]),
      ABC,
    );
  },

  "no party leaves before the last one has arrived": async (call, watch) => {
    let left = 0;
    const first = ABC.slice(1).map((party) =>
      call(party, { parties: 3 }).then(() => left++)
    );
    await watch.hears("arrive", 2);
    await watch.hears("state", 1);
    assertEquals(left, 0);
    await call("a", { parties: 3 });
    await Promise.all(first);
  },

  "a timeout fails all parties with the same reason and the missing party":
    async (
      call,
      watch,
    ) => {
      const patient = call("b", { parties: ABC });
      await watch.hears("arrive");
      const errors = await Promise.all([
        failure(call("a", { parties: ABC, timeout: 500 })),
        failure(patient),
      ]);
      for (const error of errors) {
        const { reason, outcome, by, arrived, missing, missingCount } = error;
        assertEquals(
          { reason, outcome, by, arrived, missing, missingCount },
          {
            reason: "timeout",
            outcome: "failed",
            by: "a",
            arrived: ["a", "b"],
            missing: ["c"],
            missingCount: 1,
          },
        );
      }
      assertEquals(
        errors[1]!.message,
        'Cannot pass the barrier "warm" as "a" gave up when its timeout ended; 2 arrived, 1 missing: "c"',
      );
    },

  "a party that aborts fails the barrier for all parties": async (
    call,
    watch,
  ) => {
    const abort = new AbortController();
    const { signal } = abort;
    const calls = [
      failure(call("a", { parties: 3, signal })),
      failure(call("b", { parties: 3 })),
    ];
    await watch.hears("arrive", 2);
    await watch.hears("state");
    const reason = new Error("the run was cancelled");
    abort.abort(reason);
    const [a, b] = await Promise.all(calls);
    assertEquals([a!.reason, a!.by, a!.cause], ["aborted", "a", reason]);
    assertEquals([b!.reason, b!.by, b!.cause], ["aborted", "a", undefined]);
    assertEquals([b!.missing, b!.missingCount], [[], 1]);
  },

  "a barrier that has failed opens for a new round of calls": async (call) => {
    await failure(call("a", { parties: 2, timeout: 50 }));
    await Promise.all(ABC.slice(1).map((party) => call(party, { parties: 2 })));
  },

  "a party that arrives after the barrier opened is in a new round": async (
    call,
  ) => {
    await Promise.all(["a", "b"].map((party) => call(party, { parties: 2 })));
    const { arrived } = await failure(call("c", { parties: 2, timeout: 100 }));
    assertEquals(arrived, ["c"]);
  },

  "twenty rounds of one generation have the same members at each party": async (
    call,
  ) => {
    const rounds = await Promise.all(ABC.map(async (party) => {
      const orders: string[] = [];
      for (let n = 0; n < 20; n++) {
        const { members } = await call(party, { parties: ABC });
        orders.push(members.join());
      }
      return orders;
    }));
    assertEquals(rounds[1], rounds[0]);
    assertEquals(rounds[2], rounds[0]);
  },

  "a call ignores the messages of another generation": async (call, watch) => {
    const old = failure(call("a", { parties: 2, timeout: 500 }));
    await watch.hears("arrive");
    await Promise.all(
      ["a", "b"].map((party) => call(party, { parties: 2, generation: 1 })),
    );
    const { arrived, ignored } = await old;
    assertEquals(arrived, ["a"]);
    assert(ignored >= 3, `${ignored}`);
  },

  "parties with different lists of parties do not meet": async (call) => {
    const errors = await Promise.all([
      failure(call("a", { parties: ["a", "b"], timeout: 100 })),
      failure(call("b", { parties: ["b", "c"], timeout: 100 })),
    ]);
    assertEquals(errors.map(({ missing }) => missing), [["b"], ["c"]]);
  },

  'a second call of a party fails the first one as "replaced"': async (
    call,
    watch,
  ) => {
    const first = failure(call("a", { parties: 2 }));
    await watch.hears("arrive");
    const second = call("a", { parties: 2 });
    assertEquals((await first).reason, "replaced");
    await Promise.all([call("b", { parties: 2 }), second]);
  },

  "a text that is no message of a barrier is ignored and counted": async (
    call,
    watch,
  ) => {
    const a = call("a", { parties: 2 });
    await watch.hears("arrive");
    const hostile = [
      "",
      "null",
      "[[[[[[]]]]]]",
      '{"v":1,"kind":"open"}',
      '{"v":2,"kind":"arrive","round":"0:2","mid":"x","id":"x","party":"x"}',
      JSON.stringify({ ...watch.heard[0], party: "x".repeat(201) }),
    ];
    for (const text of hostile) await watch.say(text);
    await call("b", { parties: 2 });
    assertEquals((await a).ignored, hostile.length);
  },

  "all parties get the same values, and none of a party that hands in none":
    async (call) => {
      const values: Record<string, unknown> = {
        a: {
          port: 8080,
          "__proto__": null,
          text: '"\\\u0000\ud800€',
          n: 2n ** 64n,
        },
        b: null,
      };
      const results = await Promise.all(
        ABC.map((party) => call(party, { parties: ABC, value: values[party] })),
      );
      for (const result of results) {
        assertEquals(Object.fromEntries(result.values), values);
      }
    },

  "eight values of 64 KiB reach all parties": async (call) => {
    const parties = Array.from({ length: 8 }, (_, n) => `${n}`);
    const valueOf = (party: string) => party + '"'.repeat(32_766);
    const results = await Promise.all(
      parties.map((party) => call(party, { parties, value: valueOf(party) })),
    );
    for (const { values } of results) {
      assertEquals(values, new Map(parties.map((p) => [p, valueOf(p)])));
    }
  },

  "values of more than 512 KiB in all fail all parties with one reason": async (
    call,
  ) => {
    const parties = Array.from({ length: 9 }, (_, n) => `${n}`);
    const errors = await Promise.all(
      parties.map((party) =>
        failure(call(party, { parties, value: "x".repeat(65_000) }))
      ),
    );
    for (const { reason, outcome, by, arrived } of errors) {
      assertEquals([reason, outcome, by], [
        "too-large",
        "failed",
        errors[0]!.by,
      ]);
      assertEquals(arrived, parties);
    }
  },

  "a peer that knows no values opens the barrier with an empty map": async (
    call,
    watch,
  ) => {
    const waiting = call("a", { parties: 2, value: 7 });
    await watch.hears("arrive");
    const [{ id, round }] = watch.heard as [BarrierMessage];
    const old = { v: 1, round, id: "old" };
    const party = "b";
    const members = [[id, "a"], ["old", party]];
    await watch.say(
      JSON.stringify({ ...old, kind: "arrive", mid: "old/1", party }),
    );
    // The newcomer's arrival is the version, so that this may be void if `a` was faster.
    const after = "old/1";
    await watch.say(
      JSON.stringify({ ...old, kind: "open", mid: "old/2", after, members }),
    );
    const { values, ...result } = await waiting;
    assertEquals(result.members.toSorted(), ["a", "b"]);
    assert(values.size === 0 || values.get("a") === 7);
    assert(!values.has("b"));
  },

  "enough parties leave without a missing one": async (call) => {
    const quorum = { parties: ABC, atLeast: 2, settle: 100, value: 1 };
    const results = await Promise.all(
      ["a", "b"].map((party) => call(party, quorum)),
    );
    for (const { members, values, elapsed } of results) {
      assertEquals(members.toSorted(), ["a", "b"]);
      assertEquals([...values.keys()].toSorted(), ["a", "b"]);
      assert(elapsed >= 100, `${elapsed}`);
    }
  },

  "all parties of a quorum leave at once": async (call) => {
    const quorum = { parties: 3, atLeast: 2, settle: Infinity };
    const results = await Promise.all(ABC.map((party) => call(party, quorum)));
    for (const { members } of results) assertEquals(members.length, 3);
  },

  "a quorum leaves at the timeout of one of them": async (call) => {
    const quorum = { parties: ABC, atLeast: 2, settle: Infinity };
    const results = await Promise.all([
      call("a", { ...quorum, timeout: 800 }),
      call("b", quorum),
    ]);
    for (const { members } of results) {
      assertEquals(members.toSorted(), ["a", "b"]);
    }
  },

  "a quorum goes on waiting when one party has lost its link": async (
    call,
    watch,
  ) => {
    const quorum = { parties: ABC, atLeast: 2, settle: 1_200 };
    const waiting = [call("a", quorum), call("b", quorum)];
    await watch.hears("arrive", 2);
    const [{ round }] = watch.heard as [BarrierMessage];
    const lost = { v: 1, round, id: "lost" };
    const arrive = { kind: "arrive", mid: "lost/1", party: "x" };
    const farewell = { kind: "give-up", mid: "lost/2", ids: ["lost"], by: "x" };
    const why = { reason: "disconnected", arrived: ABC };
    await watch.say(JSON.stringify({ ...lost, ...arrive }));
    await watch.say(JSON.stringify({ ...lost, ...farewell, ...why }));
    for (const { elapsed } of await Promise.all(waiting)) {
      assert(elapsed >= 1_000, `${elapsed}`);
    }
  },

  "a party that waits while others leave is late": async (call, watch) => {
    const waiting = failure(call("a", { parties: ABC, atLeast: 2 }));
    await watch.hears("arrive");
    const [{ mid, round }] = watch.heard as [BarrierMessage];
    const members = [["x", "b"], ["y", "c"]];
    const open = { v: 1, kind: "open", round, mid: "x/1", id: "x", members };
    await watch.say(JSON.stringify({ ...open, after: mid }));
    const { reason, outcome, by, arrived, missing } = await waiting;
    assertEquals({ reason, outcome, by, arrived, missing }, {
      reason: "late",
      outcome: "failed",
      by: "b",
      arrived: ["b", "c"],
      missing: ["a"],
    });
  },

  "too few parties know that they fail if the others are too few as well":
    async (call, watch) => {
      const quorum = { parties: 4, atLeast: 3 };
      const patient = failure(call("b", quorum));
      await watch.hears("arrive");
      const errors = await Promise.all([
        failure(call("a", { ...quorum, timeout: 500 })),
        patient,
      ]);
      for (const { reason, outcome } of errors) {
        assertEquals([reason, outcome], ["timeout", "failed"]);
      }
    },

  "a single party can't know whether a quorum left before": async (call) => {
    const quorum = { parties: 4, atLeast: 3, timeout: 100 };
    const { reason, outcome, message } = await failure(call("a", quorum));
    assertEquals([reason, outcome], ["timeout", "unknown"]);
    assert(message.includes("enough others may have left before"), message);
  },

  "parties of different terms do not meet": async (call) => {
    const terms = { parties: 2, timeout: 200 };
    const errors = await Promise.all([
      failure(call("a", terms)),
      failure(call("b", { ...terms, atLeast: 2 })),
      failure(call("c", { ...terms, atLeast: 2, settle: 1 })),
    ]);
    assertEquals(errors.map(({ arrived }) => arrived), [["a"], ["b"], ["c"]]);
  },

  "100 parties at once leave together": async (call) => {
    const start = performance.now();
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => call(`${n}`, { parties: 100 })),
    );
    const elapsed = performance.now() - start;
    assertEquals(new Set(results.map(({ index }) => index)).size, 100);
    const last = Math.max(...results.map(({ elapsed }) => elapsed));
    console.log(
      `100 parties in one process: ${elapsed.toFixed()} ms, ${last.toFixed()} ms of them at the barrier`,
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
    name: `barriers open and fail ${name}`,
    ignore,
    async fn(t) {
      await using place = await open();
      for (const [name, run] of Object.entries(CASES)) {
        await t.step(name, async () => {
          const common = {
            redis: place.redis,
            namespace: crypto.randomUUID(),
            ...QUIET,
          };
          await using watch = await BarrierWatch.open("warm", common);
          const call = (party: string, options: BarrierOptions) =>
            within(barrier("warm", { ...common, party, ...options }), {
              timeout: 30_000,
              what: `${party} to leave`,
            });
          await run(call, watch);
        });
      }
    },
  });
}

const onRedis = needsRedis("The behavior of barriers on a real Redis is");

Deno.test({
  name: "a party whose link is cut while it waits leaves with the others",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start();
    await using proxy = await FaultProxy.start(server);
    await using watch = await BarrierWatch.open("warm", { redis: server.url });
    const call = (party: string, redis: string) =>
      barrier("warm", { redis, party, parties: ABC, ...QUIET });
    const cut = call("a", proxy.url);
    const kept = call("b", server.url);
    await watch.hears("state");
    for (let times = 1; times <= 3; times++) {
      proxy.cut();
      await watch.hears("back", times);
      await watch.hears("state", times + 1);
    }
    const results = await Promise.all([cut, kept, call("c", server.url)]);
    assertEquals(results.map(({ members }) => members.toSorted()), [
      ABC,
      ABC,
      ABC,
    ]);
  },
});

Deno.test({
  name:
    "no party passes at a server that became a replica while the other fails at the new master",
  ...onRedis,
  async fn() {
    await using master = await RedisServer.start();
    await using next = await RedisServer.start({ replicaOf: master });
    await using watch = await BarrierWatch.open("warm", { redis: master.url });
    const hosts = [master, next].map(({ port }) => `127.0.0.1:${port}`);
    const call = (party: string, timeout: number) =>
      barrier("warm", {
        redis: { hosts },
        party,
        parties: ["a", "b"],
        timeout,
        ...QUIET,
      });
    const waiting = failure(call("a", 20_000));
    await watch.hears("arrive");
    await next.cli("REPLICAOF", "NO", "ONE");
    await master.cli("REPLICAOF", "127.0.0.1", String(next.port));
    await until(
      async () => (await master.cli("ROLE")).includes("connected"),
      { what: "the old master to follow the new one" },
    );
    // The old master passes this arrival on to the party that has stayed there.
    const late = await failure(call("b", 2_000));
    assertEquals([late.reason, late.outcome], ["timeout", "failed"]);
    assertEquals((await waiting).outcome, "unknown");
  },
});

Deno.test({
  name: "a party that waits survives a restart of the server",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start();
    const redis = { url: server.url, minBackoff: 10 };
    await using watch = await BarrierWatch.open("warm", { redis });
    const call = (party: string) =>
      barrier("warm", { redis, party, parties: 3, ...QUIET });
    const waiting = [call("a"), call("b")];
    await watch.hears("state");
    await delay(SETTLED);
    await server.restart();
    await watch.hears("state", 2);
    const results = await Promise.all([...waiting, call("c")]);
    for (const { members } of results) assertEquals(members.toSorted(), ABC);
  },
});

Deno.test({
  name:
    "a party that missed the decision fails as disconnected with an unknown outcome",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start();
    await using proxy = await FaultProxy.start(server);
    await using watch = await BarrierWatch.open("warm", { redis: server.url });
    const call = (party: string, redis: string, timeout = 20_000) =>
      barrier("warm", { redis, party, parties: ABC, timeout, ...QUIET });
    const cut = failure(call("a", proxy.url, 2_000));
    const kept = call("b", server.url);
    await watch.hears("state");
    proxy.blackhole("toClient");
    await Promise.all([kept, call("c", server.url)]);
    proxy.reset();
    await proxy.heal();
    const { reason, outcome, arrived, cause, message } = await cut;
    assertEquals([reason, outcome, arrived], [
      "disconnected",
      "unknown",
      ["a", "b"],
    ]);
    assert(cause instanceof RedisConnectionError);
    assertEquals(
      message,
      'Cannot pass the barrier "warm" as the link was lost and what was decided meanwhile can\'t be known; 2 arrived, 1 missing: "c"',
    );
  },
});

Deno.test({
  name:
    "a party that is killed and started again leaves with the others as one member",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start();
    await using watch = await BarrierWatch.open("warm", { redis: server.url });
    const options = { redis: server.url, parties: ABC, timeout: 20_000 };
    const start = (party: string) =>
      startRole("barrier_party.ts", {
        args: ["warm", JSON.stringify({ ...options, party })],
        permissions: ["--allow-net=127.0.0.1"],
      });
    await using survivor = start("b");
    {
      await using victim = start("a");
      await watch.hears("arrive", 2);
      await watch.hears("state");
      await victim.kill("SIGKILL");
    }
    await using again = start("a");
    await watch.hears("arrive", 3);
    await watch.hears("state", 2);
    await again.kill("SIGKILL");
    const last = await barrier("warm", { ...options, party: "c" });
    const { members } = await survivor.next<BarrierResult>({
      what: "the survivor to leave",
    });
    assertEquals(members, last.members);
    assertEquals(members.toSorted(), ABC);
  },
});

Deno.test({
  name: "a user without permission to publish gets the server's error at once",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, "deaf on >sesame ~* &* +@all -publish"],
    });
    const redis = server.urlAs("deaf", "sesame");
    const call = barrier("warm", { redis, parties: 2, ...QUIET });
    await within(
      assertRejects(() => call, RedisPermissionError, "NOPERM"),
      { what: "the refusal" },
    );
  },
});

Deno.test({
  name:
    "a party whose permission to publish is taken away gets the server's error",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, "party on >sesame ~* &* +@all"],
    });
    const redis = server.urlAs("party", "sesame");
    await using watch = await BarrierWatch.open("warm", { redis });
    const options = { redis, parties: 2, timeout: 1_500, ...QUIET };
    const refused = assertRejects(
      () => barrier("warm", options),
      RedisPermissionError,
      "NOPERM",
    );
    await watch.hears("arrive");
    await server.cli("ACL", "SETUSER", "party", "-publish");
    await refused;
  },
});

Deno.test({
  name:
    "a cluster is refused, because its nodes may order messages differently",
  ...onRedis,
  async fn() {
    await using node = await RedisServer.start({
      args: ["--cluster-enabled", "yes"],
    });
    await assertRejects(
      () => barrier("warm", { redis: node.url, parties: 1, ...QUIET }),
      TypeError,
      "the nodes of a cluster",
    );
  },
});

Deno.test({
  name: "a user without permission for the channel gets a permission error",
  ...onRedis,
  async fn() {
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, leastPrivilegeUser("signals", "sesame")],
    });
    const redis = server.urlAs("signals", "sesame");
    await assertRejects(
      () => barrier("warm", { redis, parties: 1, ...QUIET }),
      RedisPermissionError,
    );
  },
});

Deno.test("barrier() leaves a given transport open", async () => {
  await using redis = disposable(new MemoryTransport());
  await barrier("warm", { redis, parties: 1 });
  await barrier("warm", { redis, parties: 1 });
});

Deno.test("barrier() fails with an unknown outcome when its transport is closed", async () => {
  const redis = new MemoryTransport();
  await using watch = await BarrierWatch.open("warm", { redis });
  const waiting = failure(barrier("warm", { redis, parties: 2, ...QUIET }));
  await watch.hears("arrive");
  await redis.close();
  const { reason, outcome, cause } = await waiting;
  assertEquals([reason, outcome], ["disconnected", "unknown"]);
  assertEquals((cause as Error).message, "The memory transport was closed");
});

Deno.test("barrier() refuses options that can't be used and a signal that is aborted", async () => {
  const redis = new MemoryTransport();
  const refused: [unknown, new (message: string) => Error, string][] = [
    [{ parties: 0 }, RangeError, "Cannot use parties as it must be a whole"],
    [{ parties: 1_001 }, RangeError, "Cannot use parties as it must be"],
    [
      { parties: "ab" },
      TypeError,
      "Cannot use parties as it must be a number, or an array",
    ],
    [{ parties: [] }, RangeError, "Cannot use the number of parties"],
    [{ parties: ["a", "a"], party: "a" }, RangeError, "each must have a name"],
    [{ parties: ["a"] }, RangeError, "Cannot use party as it must be one of"],
    [{ parties: ["a"], party: "b" }, RangeError, 'current value is "b"'],
    [{ parties: 1, party: 7 }, TypeError, "Cannot use party as"],
    [{ parties: 1, party: "x".repeat(201) }, RangeError, "it has 201"],
    [{ parties: 1, generation: 0.5 }, RangeError, "Cannot use generation"],
    [{ parties: 1, timeout: -1 }, RangeError, "Cannot use timeout"],
    [{ parties: 4, atLeast: 2 }, RangeError, "a whole number from 3 to 4"],
    [{ parties: 4, atLeast: 5 }, RangeError, "a whole number from 3 to 4"],
    [{ parties: 4, atLeast: 3, settle: -1 }, RangeError, "Cannot use settle"],
    [{ parties: 4, settle: 1 }, TypeError, "it must come with atLeast"],
    [{ parties: 1, value: () => {} }, TypeError, "it must be a JSON value"],
    [{ parties: 1, value: { a: [NaN] } }, TypeError, "encode value.a[0] as"],
    [{ parties: 1, value: new Map() }, TypeError, "must be a plain object"],
    [
      { parties: 1, value: "x".repeat(65_535) },
      RangeError,
      "at most 65536 bytes as JSON: it takes 65537",
    ],
    [{ parties: 1, namespace: 7 }, TypeError, "Cannot use namespace"],
    [
      { parties: 1, signal: AbortSignal.abort(new RangeError("no")) },
      RangeError,
      "no",
    ],
  ];
  for (const [options, ErrorClass, message] of refused) {
    await assertRejects(
      () => barrier("warm", { redis, ...options as BarrierOptions }),
      ErrorClass,
      message,
    );
  }
});

async function failure(call: Promise<unknown>): Promise<BarrierError> {
  return await assertRejects(() => call, BarrierError);
}

function disposable(
  transport: MemoryTransport,
): MemoryTransport & AsyncDisposable {
  return Object.assign(transport, {
    [Symbol.asyncDispose]: () => transport.close(),
  });
}
