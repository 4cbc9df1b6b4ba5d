import { assertEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { createClient, RESP_TYPES } from "redis";
import { createClient as createClient5 } from "redis5";
import {
  fromNodeRedis,
  type NodeRedisClient,
} from "../../src/adapters/node_redis.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import { Listener } from "./adapter_stage.ts";

const NEEDS = needsRedis("The adapter of node-redis is");

Deno.test({
  name: "the client's ways of reading replies and caching are not taken over",
  ...NEEDS,
  async fn() {
    await using server = await RedisServer.start();
    const client = createClient({
      url: server.url,
      RESP: 3,
      clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" },
      commandOptions: {
        typeMapping: {
          [RESP_TYPES.NUMBER]: String,
          [RESP_TYPES.SIMPLE_STRING]: Buffer,
          [RESP_TYPES.BLOB_STRING]: Buffer,
        },
      },
      disableOfflineQueue: true,
      name: "mine",
      pingInterval: 5,
    });
    await using transport = fromNodeRedis(client);
    const listener = new Listener();
    await transport.subscribe(["news"], listener);
    assertEquals(await transport.publish("news", "hello"), 1);
    await until(() => listener.messages.length > 0, { what: "the message" });
    assertEquals(listener.messages, ["hello"]);
    const list = await server.cli("CLIENT", "LIST");
    assertEquals([...list.matchAll(/ name=mine /g)].length, 2);
  },
});

const LIMITS = {
  commandsQueueMaxLength: 1,
  pingInterval: 100,
  socket: { socketTimeout: 300 },
};
const MAJORS: Record<string, (url: string) => NodeRedisClient> = {
  "node-redis 5": (url) => createClient5({ url, ...LIMITS }),
  "node-redis 6": (url) => createClient({ url, ...LIMITS }),
};

for (const [major, create] of Object.entries(MAJORS)) {
  Deno.test({
    name:
      `limits of a client's own cut no link and refuse no message: ${major}`,
    ...NEEDS,
    async fn() {
      await using server = await RedisServer.start();
      const client = create(server.url);
      await using transport = fromNodeRedis(client);
      const listener = new Listener();
      await transport.subscribe(["news"], listener);
      const publish = () => transport.publish("news", "");
      await Promise.all([publish(), publish(), publish()]);
      await delay(1_000);
      await publish();
      assertEquals(listener.changes, []);
      await until(() => listener.messages.length === 4, { what: "all" });
    },
  });
}

Deno.test({
  name: "a client of a unix socket and a password is taken as it is",
  ...NEEDS,
  async fn() {
    await using server = await RedisServer.start({ password: "sesame" });
    const client = createClient({
      socket: { path: server.unixSocket, tls: false },
      password: "sesame",
    });
    await using transport = fromNodeRedis(client);
    assertEquals(transport.name, `node-redis at ${server.unixSocket}`);
    assertEquals(await transport.publish("news", "hello"), 0);
  },
});

Deno.test("a client's name in errors holds no credentials", () => {
  const client = createClient({
    url: "redis://me:sesame@redis.example:6380/2",
  });
  assertEquals(
    fromNodeRedis(client).name,
    "node-redis at redis.example:6380",
  );
  assertEquals(
    fromNodeRedis(createClient()).name,
    "node-redis at localhost:6379",
  );
});

Deno.test("what is no client of node-redis is refused", () => {
  assertThrows(
    () => fromNodeRedis({} as NodeRedisClient),
    TypeError,
    "Cannot use client as it must be a client, a cluster or a sentinel of npm:redis",
  );
});
