import { assert, assertEquals, assertMatch } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { RawClient } from "./raw_client.ts";

/** Sends a command and reads a bulk string. */
async function bulkOf(client: RawClient, ...words: string[]): Promise<string> {
  await client.send(...words);
  const head = await client.readThrough("\r\n");
  assertMatch(head, /^\$\d+\r\n$/);
  return (await client.read(Number(head.slice(1)) + 2)).trimEnd();
}

/** The number of a client. */
async function idOf(client: RawClient): Promise<string> {
  await client.send("CLIENT", "ID");
  return (await client.readThrough("\r\n")).slice(1).trim();
}

/** A line of `CLIENT LIST` by its fields. */
function fieldsOf(line: string): Record<string, string> {
  return Object.fromEntries(
    line.split(" ").map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

Deno.test("CLIENT LIST and CLIENT INFO describe clients as Redis does", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  using subscriber = await RawClient.connect(broker.port);
  await client.ask(["CLIENT", "SETNAME", "me"], 5);
  await client.ask(["CLIENT", "SETINFO", "LIB-NAME", "mine"], 5);
  await client.ask(["SELECT", "9"], 5);
  const id = await idOf(client);
  const other = await idOf(subscriber);
  await subscriber.send("SUBSCRIBE", "a", "b");
  await subscriber.readThrough(":2\r\n");
  const own = fieldsOf(await bulkOf(client, "CLIENT", "INFO"));
  assertEquals([own.id, own.name, own.db], [id, "me", "9"]);
  assertEquals(own["lib-name"], "mine");
  assertEquals([own.flags, own.cmd, own.resp], ["N", "client|info", "2"]);
  assertMatch(own.addr!, /^127\.0\.0\.1:\d+$/);
  assertEquals(own.laddr, `127.0.0.1:${broker.port}`);

  const lines = (await bulkOf(client, "CLIENT", "LIST")).split("\n");
  assertEquals(lines.map((line) => fieldsOf(line).id), [id, other]);
  const pubsub = await bulkOf(client, "CLIENT", "LIST", "TYPE", "pubsub");
  assertEquals(fieldsOf(pubsub).id, other);
  assertEquals([fieldsOf(pubsub).flags, fieldsOf(pubsub).sub], ["P", "2"]);
  const byId = await bulkOf(client, "CLIENT", "LIST", "ID", id, "999999");
  assertEquals(fieldsOf(byId).id, id);
});

/** How `CLIENT KILL` names a client, what it replies, and whether it means that client alone. */
const KILLS: readonly {
  readonly words: (id: string, address: string) => string[];
  readonly reply: string;
}[] = [
  { words: (id) => ["ID", id], reply: ":1\r\n" },
  { words: (_id, address) => ["ADDR", address], reply: ":1\r\n" },
  { words: (_id, address) => [address], reply: "+OK\r\n" },
  { words: () => ["TYPE", "pubsub"], reply: ":1\r\n" },
  {
    words: (id) => ["ID", id, "TYPE", "pubsub", "USER", "default"],
    reply: ":1\r\n",
  },
  { words: () => ["USER", "default"], reply: ":1\r\n" },
];

for (const { words, reply } of KILLS) {
  const shown = words("1", "127.0.0.1:1").join(" ");
  Deno.test(`CLIENT KILL ${shown} ends that client and no other`, async () => {
    await using broker = Broker.listen();
    using client = await RawClient.connect(broker.port);
    using victim = await RawClient.connect(broker.port);
    const id = await idOf(victim);
    const { addr } = fieldsOf(await bulkOf(victim, "CLIENT", "INFO"));
    await victim.send("SUBSCRIBE", "a");
    await victim.readThrough(":1\r\n");
    const kill = ["CLIENT", "KILL", ...words(id, addr!)];
    assertEquals(await client.ask(kill, reply.length), reply);
    assertEquals(await victim.readAll(), "");
    assertEquals(await client.ask(["PUBLISH", "a", "x"], 4), ":0\r\n");
    assertEquals(broker.stats.connections, 1);
  });
}

Deno.test("a client that kills itself gets its reply first", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  const id = await idOf(client);
  await client.send("CLIENT", "KILL", "ID", id, "SKIPME", "yes");
  assertEquals(await client.read(4), ":0\r\n");
  await client.send("CLIENT", "KILL", "ID", id, "SKIPME", "no");
  await client.send("PING");
  assertEquals(await client.readAll(), ":1\r\n");
});

Deno.test("CLIENT TRACKING ON is refused as a command that a server does not know", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.send("CLIENT", "TRACKING", "ON");
  assertEquals(
    await client.readThrough("\r\n"),
    "-ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.\r\n",
  );
});

Deno.test("any database number is selected, and messages reach all of them", async () => {
  await using broker = Broker.listen();
  using subscriber = await RawClient.connect(broker.port);
  using publisher = await RawClient.connect(broker.port);
  assertEquals(await subscriber.ask(["SELECT", "2147483647"], 5), "+OK\r\n");
  assertEquals(await publisher.ask(["SELECT", "77"], 5), "+OK\r\n");
  await subscriber.send("SUBSCRIBE", "a");
  await subscriber.readThrough(":1\r\n");
  assertEquals(await publisher.ask(["PUBLISH", "a", "x"], 4), ":1\r\n");
  await subscriber.readThrough("$1\r\nx\r\n");
});

Deno.test("INFO has the fields that clients look at", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  const info = await bulkOf(client, "INFO");
  for (
    const field of [
      "redis_version:7.2.0",
      "redis_mode:standalone",
      "arch_bits:64",
      "connected_clients:1",
      "role:master",
      "cluster_enabled:0",
      "loading:0",
      `tcp_port:${broker.port}`,
    ]
  ) assert(info.includes(`\r\n${field}\r\n`), field);
});

Deno.test("a client's own messages follow the reply to its transaction", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.send("HELLO", "3");
  await client.send("SUBSCRIBE", "a");
  await client.readThrough("a\r\n:1\r\n");
  await client.send("MULTI");
  await client.send("PUBLISH", "a", "x");
  await client.send("PING");
  await client.send("EXEC");
  const push = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n";
  const expected = `+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+PONG\r\n${push}`;
  assertEquals(await client.read(expected.length), expected);
});

Deno.test("a transaction with a message over the limit is not run", async () => {
  await using broker = Broker.listen({ maxPayload: 1_000 });
  using client = await RawClient.connect(broker.port);
  await client.send("MULTI");
  await client.send("PUBLISH", "a", "x".repeat(1_001));
  await client.send("PUBLISH", "a", "x");
  await client.send("EXEC");
  await client.readThrough("+QUEUED\r\n");
  assertEquals(
    await client.readThrough("\r\n"),
    "-EXECABORT Transaction discarded because of previous errors.\r\n",
  );
  assertEquals(broker.stats.published, 0);
});
