import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { encode, RawClient } from "./raw_client.ts";

const PASSWORD = "correct horse";
const ALL_BYTES = String.fromCharCode(...Array(256).keys());

/** Commands of one connection each, with a space between the words or word by word. */
type Words = string | readonly string[];

/** What Redis 7.0 and the broker answer alike, byte by byte. */
const CASES: readonly (readonly Words[])[] = [
  ["PING", "PING hello", "ping a b", ["PING", ""], ["PING", ALL_BYTES]],
  ["ECHO hello", "ECHO", ["ECHO", ALL_BYTES], ["eCHo", ""]],
  ["SELECT 0", "SELECT 1", "SELECT -1", "SELECT abc", "SELECT", "SELECT 01"],
  ["SELECT 99999999999999999999", "SELECT 2147483648", "SELECT 15"],
  ["HELLO", "HELLO 2", "HELLO 3", "HELLO", "HELLO 2"],
  ["HELLO 3 SETNAME me", "CLIENT GETNAME", "HELLO 3", "CLIENT GETNAME"],
  ["HELLO 1", "HELLO 4", "HELLO x", "HELLO 3 NOPE", "HELLO 3 AUTH default"],
  ["HELLO 3 AUTH nobody x", "PING", "HELLO 3 SETNAME"],
  [["HELLO", "3", "SETNAME", "a b"], ["HELLO", "3", ""]],
  ["HELLO 3 AUTH default x SETNAME me", "CLIENT GETNAME"],
  ["AUTH x", "AUTH default x", "AUTH nobody x", "AUTH", "AUTH a b c"],
  ["CLIENT GETNAME", "CLIENT SETNAME me", "CLIENT GETNAME"],
  ["HELLO 3", "CLIENT GETNAME"],
  [["CLIENT", "SETNAME", "a b"], ["CLIENT", "SETNAME", ""], "CLIENT GETNAME"],
  [
    "CLIENT",
    "CLIENT SETNAME",
    "CLIENT ID x",
    "CLIENT nope",
    "CLIENT GETNAME x",
  ],
  ["CLIENT NO-EVICT on", "CLIENT NO-EVICT OFF", "CLIENT NO-EVICT maybe"],
  ["NOPE", "nope a b", ["", "a"], ["nope", ALL_BYTES.slice(0x20)]],
  [["x".repeat(200), "y".repeat(60), "z".repeat(200), "more"]],
  [["nope", "y".repeat(123), "1", "2", "3"], ["nope", "y".repeat(128), "1"]],
  ["SUBSCRIBE a", "SUBSCRIBE a b", "PSUBSCRIBE a* b*", "SSUBSCRIBE s t"],
  ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUBLISH a", "SPUBLISH a b c"],
  ["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNSUBSCRIBE a b"],
  ["HELLO 3", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNSUBSCRIBE a"],
  ["SUBSCRIBE a", "UNSUBSCRIBE", "PING", "UNSUBSCRIBE"],
  ["SUBSCRIBE a", "PSUBSCRIBE p", "UNSUBSCRIBE a", "PUNSUBSCRIBE", "ECHO x"],
  ["SSUBSCRIBE a", "ECHO x", "UNSUBSCRIBE", "SUNSUBSCRIBE a", "ECHO x"],
  ["SUBSCRIBE a", "PING", "PING x", "ECHO x", "CLIENT ID", "PUBLISH a x"],
  ["SUBSCRIBE a", "HELLO 3", "NOPE x", "PUBLISH a", "INFO", "RESET", "ECHO x"],
  ["HELLO 3", "SUBSCRIBE a a", "PUBLISH a x", "PING", "PING x", "ECHO x"],
  ["HELLO 3", "SUBSCRIBE a", "PSUBSCRIBE a* b?", "PUBLISH a x", "PUBLISH b x"],
  ["HELLO 3", "SSUBSCRIBE a", "SPUBLISH a x", "PUBLISH a x", "SPUBLISH b x"],
  ["HELLO 3", "SUBSCRIBE a", "RESET", "PUBLISH a x", "CLIENT GETNAME"],
  ["HELLO 3", ["SUBSCRIBE", ALL_BYTES], ["PUBLISH", ALL_BYTES, ALL_BYTES]],
  ["HELLO 3", ["SUBSCRIBE", ""], ["PUBLISH", "", ""], ["PSUBSCRIBE", ""]],
  ["HELLO 3", "SUBSCRIBE é", "PUBLISH é message"],
  ["PUBLISH a x", "SPUBLISH a x", ["PUBLISH", "a", "x".repeat(100_000)]],
  ["PUBSUB", "PUBSUB NOPE", "PUBSUB NUMPAT x", "PUBSUB CHANNELS a b"],
  ["PUBSUB CHANNELS", "PUBSUB NUMPAT", "PUBSUB NUMSUB", "PUBSUB NUMSUB a b"],
  ["PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB", "PUBSUB SHARDNUMSUB a"],
  ["HELLO 3", "SUBSCRIBE a", "PUBSUB CHANNELS", "PUBSUB NUMSUB a b"],
  ["HELLO 3", "SUBSCRIBE ab", "PUBSUB CHANNELS a*", "PUBSUB CHANNELS b*"],
  ["HELLO 3", "PSUBSCRIBE a b", "PUBSUB NUMPAT", "PUBSUB CHANNELS"],
  ["HELLO 3", "SSUBSCRIBE a", "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB a"],
  ["CONFIG GET save", "CONFIG GET appendonly", "CONFIG GET nope", "CONFIG"],
  ["HELLO 3", "CONFIG GET appendonly", "CONFIG GET nope", "CONFIG GET"],
  ["ROLE", "ROLE x", "TIME x", "COMMAND nope", "COMMAND DOCS nope"],
  ["HELLO 3", "ROLE", "COMMAND DOCS nope"],
  ["RESET x", "RESET", "PING"],
  ["PING", "QUIT", "PING"],
  ["SUBSCRIBE a", "quit now", "PING"],
  ["MULTI", "PING", "ECHO a", "EXEC", "EXEC", "DISCARD", "MULTI", "DISCARD"],
  ["MULTI", "MULTI", "WATCH a", "EXEC", "MULTI x", "DISCARD x", "EXEC"],
  ["WATCH", "WATCH a b", "UNWATCH", "UNWATCH x", "MULTI", "UNWATCH", "EXEC"],
  ["MULTI", "NOPE x", "PING", "EXEC", "MULTI", "PUBLISH a", "EXEC", "PING"],
  ["MULTI", "CLIENT NOPE", "EXEC", "MULTI", "CLIENT ID x", "PING", "EXEC"],
  ["MULTI", "PING a b c", "SELECT x", "PING", "EXEC"],
  ["MULTI", "EXEC x", "PING", "EXEC", "EXEC x", "DISCARD x"],
  ["MULTI", "RESET", "EXEC", "MULTI", "QUIT", "EXEC"],
  ["MULTI", "HELLO 3", "AUTH x", "SELECT 1", "CLIENT GETNAME", "EXEC"],
  ["MULTI", "PUBLISH a x", "SPUBLISH a x", "PUBSUB NUMSUB a", "EXEC"],
  ["MULTI", "SUBSCRIBE a", "EXEC", "PING", "MULTI", "EXEC x"],
  ["MULTI", "SSUBSCRIBE a", "PSUBSCRIBE b", "UNSUBSCRIBE", "EXEC"],
  ["SUBSCRIBE a", "MULTI", "EXEC", "UNSUBSCRIBE", "MULTI", "PING", "EXEC"],
  ["FLUSHDB", "FLUSHALL", "FLUSHDB ASYNC", "FLUSHALL sync", "FLUSHALL nope"],
  ["FLUSHALL ASYNC x", "MULTI", "FLUSHDB", "FLUSHALL nope", "EXEC"],
  ["CLIENT KILL", "CLIENT KILL nope", "CLIENT KILL ID", "CLIENT KILL ID x"],
  ["CLIENT KILL ID 99999", "CLIENT KILL ID 0", "CLIENT KILL ADDR 1.2.3.4:5"],
  ["CLIENT KILL TYPE nope", "CLIENT KILL TYPE pubsub", "CLIENT KILL a b"],
  [
    "CLIENT KILL SKIPME maybe",
    "CLIENT KILL TYPE replica",
    "CLIENT KILL ID 1 x",
  ],
  ["CLIENT KILL USER nope", "CLIENT KILL LADDR 1.1.1.1:1 SKIPME no"],
  ["CLIENT LIST TYPE pubsub", "CLIENT LIST TYPE nope", "CLIENT LIST ID 0"],
  [
    "CLIENT LIST ID x",
    "CLIENT LIST nope",
    "CLIENT LIST ID",
    "CLIENT LIST TYPE",
  ],
  [
    "CLIENT INFO x",
    "CLIENT GETREDIR",
    "CLIENT TRACKING",
    "CLIENT TRACKING off",
  ],
  ["CLIENT TRACKING OFF x", "CLIENT TRACKING nope"],
];

/** The same where there is a password. */
const PASSWORD_CASES: typeof CASES = [
  ["PING", "PUBLISH a x", "NOPE", "PUBLISH", "CLIENT NOPE", "QUIT"],
  ["HELLO", "HELLO 3", "HELLO 9", "HELLO 3 AUTH default wrong", "PING"],
  [["HELLO", "3", "AUTH", "default", PASSWORD], "PING"],
  [["HELLO", "3", "AUTH", "nobody", PASSWORD], "PING"],
  [["AUTH", PASSWORD], "PING", "AUTH wrong", "PING", "RESET", "PING"],
  [["AUTH", "default", PASSWORD], "PING", ["AUTH", "nobody", PASSWORD]],
  ["AUTH wrong", ["AUTH", PASSWORD + "x"], ["AUTH", PASSWORD.slice(1)]],
  [["AUTH", PASSWORD + PASSWORD], ["AUTH", ""], "PING"],
];

/** What a fresh connection is answered to commands sent all at once. */
async function transcript(
  port: number,
  commands: readonly Words[],
): Promise<string> {
  using client = await RawClient.connect(port);
  const split = commands.map(wordsOf);
  await client.write([...split, ["RESET"]].map(encode).join(""));
  const resets = split.filter((words) => words.join() === "RESET").length;
  const text = await client.readThrough("+RESET\r\n", resets + 1);
  return text
    .replace(/\$\d+\r\n\d+\.\d+\.\d+\r\n/g, "<version>")
    .replace(/(\$2\r\nid\r\n):\d+/g, "$1<id>");
}

function wordsOf(command: Words): readonly string[] {
  return typeof command === "string" ? command.split(" ") : command;
}

function title(commands: readonly Words[]): string {
  const text = commands.map((command) => wordsOf(command).join(" ")).join("; ");
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

Deno.test({
  name: "replies are those of Redis, byte by byte",
  ...needsRedis("the broker's replies against those of Redis"),
  async fn(test) {
    await using redis = await RedisServer.start();
    await using broker = Broker.listen();
    for (const commands of CASES) {
      await test.step(title(commands), async () => {
        assertEquals(
          await transcript(broker.port, commands),
          await transcript(redis.port, commands),
        );
      });
    }
  },
});

Deno.test({
  name: "replies are those of a Redis with a password, byte by byte",
  ...needsRedis("the broker's authentication against that of Redis"),
  async fn(test) {
    await using redis = await RedisServer.start({ password: PASSWORD });
    await using broker = Broker.listen({ password: PASSWORD });
    for (const commands of PASSWORD_CASES) {
      await test.step(title(commands), async () => {
        assertEquals(
          await transcript(broker.port, commands),
          await transcript(redis.port, commands),
        );
      });
    }
  },
});

/** What two connections see where the second publishes to the first. */
async function conversation(port: number): Promise<string> {
  using subscriber = await RawClient.connect(port);
  using publisher = await RawClient.connect(port);
  await subscriber.send("SUBSCRIBE", "ab", ALL_BYTES);
  await subscriber.send("PSUBSCRIBE", "a*");
  await subscriber.send("SSUBSCRIBE", "ab");
  await subscriber.send("PING", "subscribed");
  let seen = await subscriber.readThrough("subscribed\r\n");
  await publisher.send("PUBLISH", "ab", "message");
  await publisher.send("SPUBLISH", "ab", ALL_BYTES);
  await publisher.send("PUBLISH", ALL_BYTES, ALL_BYTES + "\r\n");
  await publisher.send("PUBLISH", "ac", "");
  await publisher.send("PUBSUB", "NUMSUB", "ab", "a*");
  await publisher.send("PING", "published");
  seen += await publisher.readThrough("published\r\n");
  await subscriber.send("PING", "received");
  seen += await subscriber.readThrough("received\r\n");
  await subscriber.send("UNSUBSCRIBE", "ab", "nope");
  await subscriber.send("PING", "unsubscribed");
  seen += await subscriber.readThrough("unsubscribed\r\n");
  await publisher.send("PUBLISH", "ab", "later");
  await publisher.send("PING", "published");
  seen += await publisher.readThrough("published\r\n");
  await subscriber.send("PING", "received");
  return seen + await subscriber.readThrough("received\r\n");
}

Deno.test({
  name: "messages arrive as they do from Redis, byte by byte",
  ...needsRedis("the broker's messages against those of Redis"),
  async fn() {
    await using redis = await RedisServer.start();
    await using broker = Broker.listen();
    assertEquals(
      await conversation(broker.port),
      await conversation(redis.port),
    );
  },
});

Deno.test("INFO has the fields that clients need, in sections", async () => {
  await using broker = Broker.listen();
  const all = await transcript(broker.port, ["INFO"]);
  for (const fact of ["redis_version:", "redis_mode:standalone", "loading:0"]) {
    assert(all.includes(fact), fact);
  }
  const one = await transcript(broker.port, ["INFO replication"]);
  assert(one.includes("# Replication\r\nrole:master\r\n"));
  assert(!one.includes("redis_version"));
  const resp3 = await transcript(broker.port, ["HELLO 3", "INFO server"]);
  assert(/=\d+\r\ntxt:# Server\r\n/.test(resp3), resp3);
});

Deno.test("INFO declares exactly the bytes that it has", async () => {
  await using broker = Broker.listen();
  for (const hello of ["HELLO 2", "HELLO 3"]) {
    using client = await RawClient.connect(broker.port);
    await client.send(...hello.split(" "));
    await client.readThrough("modules\r\n*0\r\n");
    await client.send("INFO");
    const head = await client.readThrough("\r\n");
    const body = await client.read(Number(head.slice(1)) + 2);
    assert(body.endsWith("\r\n\r\n"), JSON.stringify(body));
    assertEquals(await client.ask(["PING"], 7), "+PONG\r\n");
  }
});

Deno.test("TIME is the time", async () => {
  await using broker = Broker.listen();
  const before = Math.floor(Date.now() / 1000);
  const [, , seconds, , micros] = (await transcript(broker.port, ["TIME"]))
    .split("\r\n");
  assert(Number(seconds) >= before && Number(seconds) <= Date.now() / 1000);
  assert(Number(micros) >= 0 && Number(micros) < 1_000_000);
});

Deno.test("CLIENT ID differs between clients, and CLIENT SETINFO is accepted", async () => {
  await using broker = Broker.listen();
  const commands = [
    "CLIENT ID",
    "CLIENT SETINFO lib-name x",
    "CLIENT SETINFO LIB-VER 1",
    "CLIENT SETINFO nope 1",
    ["CLIENT", "SETINFO", "lib-name", "a b"],
    "CLIENT NO-TOUCH on",
    "COMMAND COUNT",
  ];
  const [first, ...rest] = (await transcript(broker.port, commands)).split(
    "\r\n",
  );
  assertEquals(rest, [
    "+OK",
    "+OK",
    "-ERR Unrecognized option 'nope'",
    "-ERR lib-name cannot contain spaces, newlines or special characters.",
    "+OK",
    ":29",
    "+RESET",
    "",
  ]);
  const [second] = (await transcript(broker.port, ["CLIENT ID"])).split("\r\n");
  assert(/^:\d+$/.test(first!) && /^:\d+$/.test(second!));
  assert(first !== second);
});

Deno.test("a name that would make matching slow is refused", async () => {
  await using broker = Broker.listen();
  const [fits, long] = ["x".repeat(1024), "x".repeat(1025)];
  const refusal = "-ERR a channel or pattern can have 1024 bytes at most\r\n";
  assertEquals(
    await transcript(broker.port, [
      ["PUBLISH", fits, ""],
      ["PUBLISH", long, ""],
      ["SPUBLISH", long, ""],
      ["SUBSCRIBE", "a", long],
      ["PSUBSCRIBE", long],
      ["SSUBSCRIBE", long],
      ["PUBSUB", "CHANNELS", long],
      ["PUBSUB", "CHANNELS"],
    ]),
    `:0\r\n${refusal.repeat(6)}*0\r\n+RESET\r\n`,
  );
});
