import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type DenoRedisClient,
  type DenoRedisPair,
  fromDenoRedis,
  RedisConnectionError,
  RedisPermissionError,
} from "../../src/adapters/deno_redis.ts";
import {
  denoRedis,
  denoRedisOptions,
  MADE_CLIENTS,
  madeTransport,
  needsDenoRedis,
} from "../support/deno_redis.ts";
import { FakeRedis } from "../support/fake_deno_redis.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "../support/redis_acl.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { Stage } from "../support/stage.ts";
import { stillPending } from "../support/still_pending.ts";
import { until } from "../support/wait.ts";
import { failureOf, Listener, SWIFT } from "./adapter_stage.ts";

async function fakePair() {
  const redis = new FakeRedis();
  const commands = await redis.connect();
  const subscriber = await redis.connect();
  return { redis, commands, subscriber };
}

Deno.test("a subscription counts once a private message has come the whole way", async () => {
  const redis = new FakeRedis();
  const server = Promise.withResolvers<void>();
  redis.subscribing = server.promise;
  await using transport = fromDenoRedis(redis.connect);
  const listener = new Listener();
  const subscribing = transport.subscribe(["news"], listener);
  assert(await stillPending(subscribing));
  server.resolve();
  await subscribing;
  assertEquals(await transport.publish("news", "hello"), 1);
  await until(() => listener.messages.length, { what: "the message" });
  assertEquals([listener.messages, redis.published], [["hello"], [
    "news: hello",
  ]]);
  assertEquals(
    [...redis.channels].filter((name) =>
      !name.startsWith("state-signals:barrier:")
    ),
    ["news"],
  );
});

Deno.test("one private channel is subscribed to at a time", async () => {
  const redis = new FakeRedis();
  await using transport = fromDenoRedis(redis.connect);
  for (const channel of ["a", "b", "c"]) {
    await transport.subscribe([channel], new Listener());
  }
  const barriers = [...redis.channels].filter((name) =>
    name.startsWith("state-signals:")
  );
  assertEquals(barriers.length, 3);
  assertEquals(barriers.map((name) => redis.subscribers(name)), [0, 0, 1]);
  assertEquals(redis.clients.map(({ reading }) => reading), [0, 1]);
});

Deno.test("a message that is not UTF-8 is reported as unreadable", async () => {
  const redis = new FakeRedis();
  await using transport = fromDenoRedis(redis.connect);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  redis.publish("news", new Uint8Array([0xff]));
  await until(() => listener.unread.length, { what: "the message" });
  assertEquals(listener.messages, []);
});

Deno.test("a refused subscription is a typed error and harms no other", async () => {
  const redis = new FakeRedis();
  redis.forbidden.add("secret");
  await using transport = fromDenoRedis(redis.connect);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const failure = await assertRejects(
    () => transport.subscribe(["secret"], new Listener()),
    RedisPermissionError,
    '"secret"',
  );
  assertEquals(failure.code, "NOPERM");
  await transport.publish("news", "1");
  await transport.subscribe(["more"], listener);
  await transport.publish("more", "2");
  await until(() => listener.messages.length === 2, { what: "both messages" });
  assertEquals(listener.changes, []);
});

Deno.test("a PUBLISH that is under way when the link is lost is unknown, and repeated as nothing", async () => {
  const { redis, commands, subscriber } = await fakePair();
  await using transport = fromDenoRedis({ commands, subscriber });
  await transport.publish("news", "1");
  commands.mute = true;
  const failure = failureOf(transport.publish("news", "2"));
  commands.lose({ repeats: true });
  assertEquals((await failure).outcome, "unknown");
  assertEquals(redis.published, ["news: 1", "news: 2"]);
  assert(redis.channels.has("state-signals:barrier:spent"));
});

Deno.test("a pair is left as it was", async () => {
  const { redis, commands, subscriber } = await fakePair();
  const transport = fromDenoRedis({ commands, subscriber });
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  assertEquals([redis.subscribers("news"), subscriber.reading], [1, 1]);
  await transport.close();
  for (const channel of redis.channels) {
    assertEquals(redis.subscribers(channel), 0);
  }
  assertEquals(redis.subscribers("news"), 0);
  assertEquals(subscriber.reading, 0);
  assertEquals([commands.isConnected, subscriber.isConnected], [true, true]);
  await using again = fromDenoRedis({ commands, subscriber });
  await again.subscribe(["news"], listener);
  await again.publish("news", "1");
  await until(() => listener.messages.length, { what: "the message" });
});

Deno.test("a pair that its owner closes is lost for good", async () => {
  const { commands, subscriber } = await fakePair();
  await using transport = fromDenoRedis({ commands, subscriber });
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  subscriber.close();
  const { cause } = await listener.changed("closed");
  assert(cause.message.includes("closed by its owner"), cause.message);
  await assertRejects(
    () => transport.publish("news", "1"),
    RedisConnectionError,
  );
});

Deno.test("clients that were made are closed, also one that comes too late", async () => {
  const redis = new FakeRedis();
  const transport = fromDenoRedis(redis.connect);
  await transport.subscribe(["news"], new Listener());
  await transport.publish("news", "1");
  assertEquals(redis.clients.map(({ isConnected }) => isConnected), [
    true,
    true,
    true,
  ]);
  await transport.close();
  assertEquals(redis.clients.map(({ isClosed }) => isClosed), [
    true,
    true,
    true,
  ]);

  const late = Promise.withResolvers<DenoRedisClient>();
  const impatient = fromDenoRedis(() => late.promise);
  const failure = failureOf(impatient.publish("news", "1"));
  await impatient.close();
  assertEquals((await failure).outcome, "not-sent");
  const client = await redis.connect();
  late.resolve(client);
  await until(() => client.isClosed, { what: "the client to be closed" });
});

Deno.test("a lost link is remade with new clients, and reported to be up when that is proven", async () => {
  const redis = new FakeRedis();
  await using transport = fromDenoRedis(redis.connect, SWIFT);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const server = Promise.withResolvers<void>();
  redis.subscribing = server.promise;
  const [, subscriber] = redis.clients;
  subscriber!.lose({ repeats: false });
  await listener.changed("down");
  await until(() => redis.clients.length === 4, { what: "two new clients" });
  assertEquals(listener.changes.map(({ state }) => state), ["down"]);
  server.resolve();
  await listener.changed("up");
  await transport.publish("news", "1");
  await until(() => listener.messages.length, { what: "the message" });
});

Deno.test("a subscription that went mute is noticed and remade", async () => {
  const redis = new FakeRedis();
  await using transport = fromDenoRedis(redis.connect, SWIFT);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  redis.clients[1]!.mute = true;
  await listener.changed("up");
  assertEquals(await transport.publish("news", "1"), 1);
});

Deno.test("a command that the server refuses is no loss of the link", async () => {
  const redis = new FakeRedis();
  await using transport = fromDenoRedis(redis.connect);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const error = new Error("-NOPERM this user has no permissions");
  for (const client of redis.clients) client.tell("error", { error });
  await transport.publish("news", "1");
  await until(() => listener.messages.length, { what: "the message" });
  assertEquals(listener.changes, []);
});

Deno.test("a value that is not a pair of clients is refused", async () => {
  const client = await new FakeRedis().connect();
  const refuse = (pair: unknown) =>
    assertThrows(() => fromDenoRedis(pair as DenoRedisPair), TypeError);
  refuse(undefined);
  refuse({ commands: client });
  refuse({ commands: {}, subscriber: client });
  assert(
    refuse({ commands: client, subscriber: client }).message.includes(
      "can do nothing else",
    ),
  );
  assertThrows(() =>
    fromDenoRedis(() => Promise.resolve(client), {
      pingInterval: -1,
    }), RangeError);
});

const WHAT = "The real x/redis is";
const ignore = needsRedis(WHAT).ignore || needsDenoRedis(WHAT).ignore;

Deno.test({
  name: "x/redis: a user of least privilege needs the private channels besides",
  ignore,
  async fn() {
    const least = leastPrivilegeUser("signals", "sesame");
    await using server = await RedisServer.start({
      acl: [DEFAULT_USER_OFF, `${least} ${MADE_CLIENTS.acl}`],
    });
    await using redis = madeTransport(server.urlAs("signals", "sesame"));
    await using stage = new Stage({
      redis,
      namespaces: false,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    await stage.answering();
    const exporter = await stage.exporter();
    await exporter.initializeAndWait(1, ["start"]);
    assert((await exporter.publishSignal("start")).ok);

    await server.cli("ACL", "SETUSER", "signals", "resetchannels", "&news");
    await using restricted = madeTransport(server.urlAs("signals", "sesame"));
    const failure = await failureOf(
      restricted.subscribe(["news"], new Listener()),
    );
    assertEquals(failure.code, "NOPERM");
    assert(failure.message.includes("state-signals:barrier:*"));
  },
});

Deno.test({
  name: "x/redis: a pair works as before when the transport is closed",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const options = denoRedisOptions(server.url);
    const commands = await denoRedis().connect(options);
    const subscriber = await denoRedis().connect(options);
    for (const message of ["1", "2"]) {
      await using transport = fromDenoRedis({ commands, subscriber });
      const listener = new Listener();
      const subscription = await transport.subscribe(["a"], listener);
      await transport.subscribe(["a", "b"], listener);
      await subscription.close();
      assertEquals(await transport.publish("b", message), 1);
      await until(() => listener.messages.length, { what: "the message" });
      assertEquals(listener.messages, [message]);
    }
    for (const client of [commands, subscriber]) {
      assertEquals(await client.sendCommand("PING"), "PONG");
    }
    assertEquals(await server.cli("PUBSUB", "CHANNELS"), "");
    for (const client of [commands, subscriber]) client.close();
  },
});

Deno.test({
  name: "x/redis: a health check on a client that subscribes is survived",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const options = denoRedisOptions(server.url);
    const healthCheckInterval = 20;
    await using transport = fromDenoRedis(
      () =>
        denoRedis().connect({
          ...options,
          maxRetryCount: 0,
          healthCheckInterval,
        }),
      SWIFT,
    );
    const listener = new Listener();
    await transport.subscribe(["news"], listener);
    await until(async () => {
      await transport.publish("news", "again").catch(() => {});
      return listener.changes.some(({ state }) => state === "up");
    }, { what: "x/redis to lose its place, and to be remade" });
    await transport.close();
    // A check that is due finds its client closed, and makes no other.
    await new Promise((resolve) =>
      setTimeout(resolve, 3 * healthCheckInterval)
    );
  },
});
