import { assertEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { fromIoredis, type IoredisClient } from "../../src/adapters/ioredis.ts";
import { disconnect } from "../support/adapter_clients.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { failureOf, Listener, SWIFT } from "./adapter_stage.ts";

const NEEDS = needsRedis("The adapter of ioredis is");

Deno.test({
  name:
    "the client's prefix, queues and ways of reading replies are not taken over",
  ...NEEDS,
  async fn() {
    await using server = await RedisServer.start();
    const client = new Redis(server.url, {
      commandTimeout: 1,
      connectionName: "mine",
      enableAutoPipelining: true,
      keyPrefix: "mine:",
      lazyConnect: true,
      stringNumbers: true,
    });
    await using transport = fromIoredis(client);
    const listener = new Listener();
    await transport.subscribe(["news"], listener);
    assertEquals(await transport.publish("news", "hello"), 1);
    await until(() => listener.messages.length > 0, { what: "the message" });
    assertEquals(listener.messages, ["hello"]);
    assertEquals(await server.cli("PUBSUB", "CHANNELS"), "news");
    const list = await server.cli("CLIENT", "LIST");
    assertEquals([...list.matchAll(/ name=mine /g)].length, 2);
  },
});

const LIMITS = {
  lazyConnect: true,
  commandTimeout: 1,
  connectTimeout: 1,
  socketTimeout: 300,
};
const MAJORS: Record<string, (url: string) => IoredisClient> = {
  "ioredis 5": (url) => new Redis5(url, LIMITS),
  "ioredis 6": (url) => new Redis(url, LIMITS),
};

for (const [major, create] of Object.entries(MAJORS)) {
  Deno.test({
    name: `limits of a client's own cut no link: ${major}`,
    ...NEEDS,
    async fn() {
      await using server = await RedisServer.start();
      const client = create(server.url);
      await using transport = fromIoredis(client);
      const listener = new Listener();
      await transport.subscribe(["news"], listener);
      await delay(1_000);
      assertEquals(await transport.publish("news", ""), 1);
      assertEquals(listener.changes, []);
    },
  });
}

Deno.test({
  name: "a message that ioredis itself delivers twice is delivered once",
  ...NEEDS,
  async fn() {
    await using server = await RedisServer.start();
    await using proxy = await FaultProxy.start({ port: server.port });
    const client = new Redis(proxy.url);
    client.on("error", () => {});
    await client.ping();
    await using direct = fromIoredis(
      new Redis(server.url, { lazyConnect: true }),
      SWIFT,
    );
    const listener = new Listener();
    await direct.subscribe(["news"], listener);

    const cutIn = (text: string) =>
      proxy.cutAfter("toServer", (passed) => passed.includes(text));
    const cut = cutIn("by the client");
    await client.publish("news", "by the client");
    await cut;
    await using transport = fromIoredis(client, SWIFT);
    await transport.publish("news", "first");
    const cutAgain = cutIn("by the transport");
    const { outcome } = await failureOf(
      transport.publish("news", "by the transport"),
    );
    await cutAgain;
    assertEquals(outcome, "unknown");
    await transport.publish("news", "last");
    await until(() => listener.messages.at(-1) === "last", {
      what: "the last message",
    });
    assertEquals(listener.messages, [
      "by the client",
      "by the client",
      "first",
      "by the transport",
      "last",
    ]);
    await disconnect(client);
  },
});

Deno.test("a client's name in errors holds no credentials", () => {
  const lazyConnect = true;
  const name = (client: Redis) => fromIoredis(client).name;
  assertEquals(
    name(new Redis("redis://me:sesame@redis.example:6380/2", { lazyConnect })),
    "ioredis at redis.example:6380",
  );
  assertEquals(
    name(new Redis({ path: "/run/redis.sock", lazyConnect })),
    "ioredis at /run/redis.sock",
  );
  assertEquals(
    name(new Redis({ sentinels: [{}], name: "mymaster", lazyConnect })),
    'ioredis behind sentinels of "mymaster"',
  );
});

Deno.test("a value that is not a client of ioredis is refused", () => {
  assertThrows(
    () => fromIoredis({} as IoredisClient),
    TypeError,
    "Cannot use client as it must be a client or a cluster of npm:ioredis",
  );
});
