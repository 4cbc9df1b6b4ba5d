import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { until } from "../support/wait.ts";
import { RawClient } from "./raw_client.ts";

const PONG = "+PONG\r\n";

Deno.test("a broker listens on loopback, and its port can be read", async () => {
  await using broker = Broker.listen();
  assertEquals(broker.hostname, "127.0.0.1");
  assert(broker.port > 0);
  assertEquals(broker.url, `redis://127.0.0.1:${broker.port}`);
  using client = await RawClient.connect(broker.port);
  assertEquals(await client.ask(["PING"], PONG.length), PONG);
});

Deno.test("a broker with a password shows it neither in its url nor when it is inspected", async () => {
  await using broker = Broker.listen({ password: "s3cret" });
  assertMatch(broker.url, /^redis:\/\/127\.0\.0\.1:\d+$/);
  const shown = Deno.inspect(broker, { depth: 10, showHidden: true });
  assert(!shown.includes("s3cret"), shown);
});

Deno.test("a broker beyond loopback has a password or is refused", async () => {
  assertThrows(() => Broker.listen({ hostname: "0.0.0.0" }), TypeError);
  await using broker = Broker.listen({ hostname: "0.0.0.0", password: "x" });
  using client = await RawClient.connect(broker.port);
  assertEquals(
    await client.ask(["PING"], "-NOAUTH".length),
    "-NOAUTH",
  );
});

Deno.test("a port that is taken is an error", async () => {
  await using broker = Broker.listen();
  assertThrows(
    () => Broker.listen({ port: broker.port }),
    Deno.errors.AddrInUse,
  );
});

Deno.test("a client over the limit gets an error, until another client has gone", async () => {
  await using broker = Broker.listen({ maxConnections: 2 });
  using one = await RawClient.connect(broker.port);
  using _two = await RawClient.connect(broker.port);
  await one.ask(["PING"], PONG.length);
  await until(() => broker.stats.connections === 2, { what: "both clients" });
  using three = await RawClient.connect(broker.port);
  assertEquals(
    await three.readAll(),
    "-ERR max number of clients reached\r\n",
  );
  assertEquals(broker.stats.refused, 1);
  one[Symbol.dispose]();
  await until(() => broker.stats.connections === 1, { what: "room" });
  using four = await RawClient.connect(broker.port);
  assertEquals(await four.ask(["PING"], PONG.length), PONG);
});

Deno.test("closing disconnects all clients, frees the port, and is idempotent", async () => {
  const broker = Broker.listen();
  using idle = await RawClient.connect(broker.port);
  using subscribed = await RawClient.connect(broker.port);
  await subscribed.send("SUBSCRIBE", "a");
  await subscribed.readThrough(":1\r\n");
  await Promise.all([broker.close(), broker.close()]);
  await broker.close();
  assertEquals(await idle.readAll(), "");
  assertEquals(await subscribed.readAll(), "");
  assertEquals(broker.stats.connections, 0);
  await assertRejects(
    () => RawClient.connect(broker.port),
    Deno.errors.ConnectionRefused,
  );
  await using _again = Broker.listen({ port: broker.port });
});

Deno.test("a broker can be closed as clients come, go and wait to be let in", async () => {
  for (let round = 0; round < 10; round++) {
    const broker = Broker.listen({ maxConnections: 5, password: "x" });
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => RawClient.connect(broker.port)),
    );
    for (const client of clients.slice(5)) client[Symbol.dispose]();
    await broker.close();
    for (const client of clients.slice(0, 5)) client[Symbol.dispose]();
  }
});

Deno.test("a broker listens on a loopback address however it is written", async () => {
  for (const hostname of ["127.1", "0x7f000001", "localhost"]) {
    await using broker = Broker.listen({ hostname });
    assertMatch(broker.hostname, /^(127\.0\.0\.1|::1)$/);
  }
});

Deno.test("clients that are dropped are disconnected, and the others are not", async () => {
  await using broker = Broker.listen();
  const named = async (name: string, channel?: string): Promise<RawClient> => {
    const client = await RawClient.connect(broker.port);
    await client.ask(["CLIENT", "SETNAME", name], 5);
    if (channel === undefined) return client;
    await client.send("SUBSCRIBE", channel);
    await client.readThrough(":1\r\n");
    return client;
  };
  using a = await named("a");
  using subscribedA = await named("a", "x");
  using subscribedB = await named("b", "x");
  using unnamed = await RawClient.connect(broker.port);
  await unnamed.ask(["PING"], PONG.length);

  assertEquals(broker.dropClients({ name: "nobody" }), 0);
  assertEquals(broker.dropClients({ name: "a", type: "pubsub" }), 1);
  assertEquals(await subscribedA.readAll(), "");
  assertEquals(broker.stats.connections, 3);
  assertEquals(await a.ask(["PUBLISH", "x", "hi"], 4), ":1\r\n");
  await subscribedB.readThrough("hi\r\n");

  assertEquals(broker.dropClients({ type: "pubsub" }), 1);
  assertEquals(await subscribedB.readAll(), "");
  assertEquals(await a.ask(["PUBLISH", "x", "hi"], 4), ":0\r\n");
  assertEquals(broker.dropClients({ name: "" }), 1);
  assertEquals(await unnamed.readAll(), "");
  assertEquals(broker.dropClients(), 1);
  assertEquals(await a.readAll(), "");
  assertEquals(broker.stats.connections, 0);
  assertEquals(broker.stats.dropped, 0); // counts those that took too much
  using again = await RawClient.connect(broker.port);
  assertEquals(await again.ask(["PING"], PONG.length), PONG);
});

Deno.test("disconnected clients leave nothing behind", async () => {
  await using broker = Broker.listen();
  for (let round = 0; round < 20; round++) {
    using client = await RawClient.connect(broker.port);
    await client.send("SUBSCRIBE", "a", "b");
    await client.readThrough(":2\r\n");
    await client.send("PSUBSCRIBE", "*");
    await client.readThrough(":3\r\n");
  }
  await until(() => broker.stats.connections === 0, {
    what: "them to be gone",
  });
  assertEquals(broker.stats.memory, 0);
  using client = await RawClient.connect(broker.port);
  assertEquals(await client.ask(["PUBSUB", "CHANNELS"], 4), "*0\r\n");
  assertEquals(await client.ask(["PUBSUB", "NUMPAT"], 4), ":0\r\n");
});

Deno.test("messages are counted as they are published and delivered", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.send("HELLO", "3");
  await client.send("SUBSCRIBE", "a");
  await client.send("PSUBSCRIBE", "*");
  await client.send("PUBLISH", "a", "x");
  await client.send("PUBLISH", "b", "x");
  await client.send("PING", "done");
  await client.readThrough("done\r\n");
  const { accepted, connections, delivered, published } = broker.stats;
  assertEquals(
    { accepted, connections, delivered, published },
    { accepted: 1, connections: 1, delivered: 3, published: 2 },
  );
});
