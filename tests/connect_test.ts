import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Broker } from "../src/broker/mod.ts";
import { openTransport } from "../src/connect.ts";
import { RedisClient, RedisConnectionError } from "../src/redis/mod.ts";
import { barrier } from "../src/signals/barrier/barrier.ts";
import { SignalExporter } from "../src/signals/exporter/exporter.ts";
import { once } from "../src/signals/once/once.ts";
import { SignalResponder } from "../src/signals/responder/responder.ts";
import { rollCall } from "../src/signals/roll_call/roll_call.ts";
import { MemoryTransport } from "../src/transport/memory.ts";
import { freePort } from "./support/free_port.ts";
import { FakeTransport } from "./support/fake_transport.ts";
import { within } from "./support/wait.ts";

Deno.test("a given transport is used and left open", async () => {
  const redis = new FakeTransport();
  const transport = await openTransport({ redis });
  await transport.publish("a", "x");
  assertEquals(redis.published.map(({ payload }) => payload), ["x"]);
  await transport.close();
  assertEquals(redis.closed, false);
});

Deno.test("a given transport that is closed is refused by every entry point, and nothing is logged", async () => {
  await using broker = Broker.listen();
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const logger = { debug: log, info: log, warn: log, error: log };
  const transports = [
    await RedisClient.connect(broker.url),
    new MemoryTransport(),
  ];
  for (const redis of transports) {
    assertEquals(redis.closed, false);
    const exporter = await SignalExporter.connect("fio", { redis, logger });
    await redis.close();
    assertEquals(redis.closed, true);
    const options = { redis, logger, logLevel: "DEBUG" } as const;
    const meeting = { ...options, parties: 2 };
    const entries = [
      () => SignalExporter.connect("fio", options),
      () => SignalResponder.connect(options),
      () => barrier("warm", meeting),
      () => once("set-up", { ...meeting, run: () => {} }),
      () => rollCall(options),
    ];
    for (const enter of entries) {
      await assertRejects(
        enter as () => Promise<unknown>,
        Error,
        `Cannot use redis as the transport ${redis.name} is closed`,
      );
    }
    // One that is closed later is reported by the call that needs it, alone.
    await assertRejects(() => exporter.initialize("any"), Error, "is closed");
    await assertRejects(() => redis.countSubscribers(["a"]), Error, "closed");
    await exporter.close();
    if (redis instanceof RedisClient) {
      await assertRejects(() => redis.verify(), Error, "is closed");
    }
  }
  assertEquals(said, []);
});

Deno.test("a URL or options open a new connection", async () => {
  await using broker = Broker.listen();
  const { url, hostname, port } = broker;
  const ways = [url, new URL(url), { url }, { hostname, port }];
  for (const redis of ways) {
    const transport = await openTransport({ redis });
    assertEquals(transport.name, url);
    assertEquals(await transport.publish("a", "x"), 0);
    await transport.close();
  }
});

Deno.test("connectTimeout bounds the attempts and overrides the connectTimeout of redis", async () => {
  const url = `redis://127.0.0.1:${freePort()}`;
  await assertRejects(
    () => openTransport({ redis: url, connectTimeout: 0 }),
    RedisConnectionError,
    url,
  );
  const opening = openTransport({
    redis: { url, connectTimeout: Infinity },
    connectTimeout: 20,
  });
  await assertRejects(
    () => within(opening, { what: "the connection to be given up" }),
    RedisConnectionError,
    url,
  );
});

Deno.test("rollCall, barrier and once try to connect for no longer than they would wait for peers", async () => {
  const redis = `redis://127.0.0.1:${freePort()}`;
  const parties = { redis, parties: 2, timeout: 500 };
  for (
    const call of [
      () => rollCall({ redis }), // its timeout is half a second by default
      () => barrier("x", parties),
      () => once("x", { ...parties, run: () => 1 }),
    ]
  ) {
    await assertRejects(
      // connectTimeout alone would be 20 s.
      () => within<unknown>(call(), { timeout: 15_000, what: "the error" }),
      RedisConnectionError,
      redis,
    );
  }
});

Deno.test("openTransport() is rejected with the reason when its signal aborts", async () => {
  const reason = new Error("enough");
  const redis = `redis://127.0.0.1:${freePort()}`;
  await assertRejects(
    () =>
      openTransport({
        redis: new FakeTransport(),
        signal: AbortSignal.abort(reason),
      }),
    Error,
    "enough",
  );
  const abort = new AbortController();
  const opening = openTransport({
    redis,
    connectTimeout: Infinity,
    signal: abort.signal,
  });
  setTimeout(() => abort.abort(reason), 20);
  const failure = await assertRejects(
    () => within(opening, { what: "the connection to be given up" }),
  );
  assertEquals(failure, reason);
});

Deno.test({
  name: "without the option redis, openTransport() connects to localhost:6379",
  permissions: { net: ["127.0.0.1:1"] },
  fn: async () => {
    await assertRejects(
      () => openTransport({}),
      Deno.errors.NotCapable,
      "--allow-net=localhost:6379",
    );
  },
});

Deno.test("a server that can't be reached for two seconds is named in the log", async () => {
  const redis = `redis://127.0.0.1:${freePort()}`;
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  await assertRejects(() =>
    openTransport({
      redis: { url: redis, maxBackoff: 100 },
      connectTimeout: 3_500,
      logger: { debug: log, info: log, warn: log, error: log },
    })
  );
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0]!, `Waiting for ${redis}: Connection refused`);
});

class RawClient {
  publish(): void {}
  subscribe(): void {}
  duplicate(): void {}
  close(): void {}
}

const UNUSABLE: readonly [unknown, string][] = [
  [
    undefined,
    "it must be a URL, options or a transport: current value is undefined",
  ],
  [null, "current value is null"],
  [6379, "current value is 6379"],
  [new RawClient(), "it is a client: hand in what fromNodeRedis()"],
  [{ hostnam: "localhost" }, "the Redis option hostnam as there is none"],
  [["redis://localhost"], "the Redis option 0 as there is none"],
  [{ url: "http://localhost" }, "its scheme must be redis"],
];

for (const [redis, message] of UNUSABLE) {
  Deno.test(`redis: ${Deno.inspect(redis)} is a TypeError that names it`, async () => {
    await assertRejects(
      () => openTransport({ redis: redis as string }),
      TypeError,
      message,
    );
  });
}
