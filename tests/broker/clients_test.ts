import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { Broker } from "../../src/broker/mod.ts";
import { Inbox } from "../support/inbox.ts";
import { needsPython, pythonInterpreter } from "../support/python_process.ts";
import { hasRedis } from "../support/redis_binary.ts";
import { skipUnless } from "../support/skip.ts";
import { until } from "../support/wait.ts";

const PASSWORD = "correct horse";
const needsTools = (tool: string): { ignore: boolean } =>
  skipUnless(hasRedis(), `${tool} over the broker`, "it is not on the PATH");

interface Received {
  readonly channel: string;
  readonly message: string;
  readonly pattern?: string;
}

const MESSAGE = { what: "a message" };

async function everyoneGone(broker: Broker): Promise<void> {
  await until(() => broker.stats.connections === 0, {
    what: "all clients to be gone",
  });
}

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis publishes and subscribes in RESP${RESP}`, async () => {
    await using broker = Broker.listen({ password: PASSWORD });
    const client = createClient({
      url: broker.url,
      password: PASSWORD,
      name: "node-redis",
      RESP,
    });
    await client.connect();
    assertEquals(await client.clientGetName(), "node-redis");
    const subscriber = client.duplicate();
    await subscriber.connect();

    const inbox = new Inbox<Received>();
    const put = (message: string, channel: string): void =>
      inbox.put({ message, channel });
    await subscriber.subscribe(["a", "b"], put);
    assertEquals(await client.publish("a", "to a ä€😀"), 1);
    assertEquals(await inbox.take(MESSAGE), {
      channel: "a",
      message: "to a ä€😀",
    });
    assertEquals(await client.pubSubNumSub(["a", "c"]), { a: 1, c: 0 });
    assertEquals((await client.pubSubChannels()).sort(), ["a", "b"]);

    await subscriber.pSubscribe("a*", put);
    assertEquals(await client.publish("ab", "by pattern"), 1);
    assertEquals(await inbox.take(MESSAGE), {
      channel: "ab",
      message: "by pattern",
    });
    assertEquals(await client.pubSubNumPat(), 1);

    await subscriber.sSubscribe("shard", put);
    assertEquals(await client.sPublish("shard", "by shard"), 1);
    assertEquals(await inbox.take(MESSAGE), {
      channel: "shard",
      message: "by shard",
    });

    const bytes = new Inbox<Uint8Array>();
    await subscriber.subscribe("bytes", (message) => bytes.put(message), true);
    const sent = Buffer.from(Uint8Array.from(Array(256).keys()));
    assertEquals(await client.publish("bytes", sent), 1);
    assertEquals([...await bytes.take(MESSAGE)], [...sent]);

    await subscriber.unsubscribe("a");
    assertEquals(await client.publish("a", "nobody but the pattern"), 1);
    await inbox.take(MESSAGE);
    // By name: given none, both libraries wait for a count of 0, with Redis too.
    await subscriber.pUnsubscribe("a*");
    await subscriber.sUnsubscribe("shard");
    await subscriber.unsubscribe();
    assertEquals(await client.publish("a", "nobody"), 0);
    assertEquals(String(await subscriber.ping()), "PONG");
    assertEquals(inbox.size, 0);

    assertEquals(
      await client.multi().publish("a", "1").ping().publish("b", "2").exec(),
      [0, "PONG", 0] as unknown[],
    );
    const refused = await client.multi().publish("a", "1").set("key", "value")
      .exec().then(() => undefined, (error) => error);
    assert(/unknown command 'SET'/.test(String(refused)), String(refused));
    await client.select(5);
    assertEquals(await client.flushDb(), "OK");
    assertEquals((await client.clientInfo()).db, 5);
    assertEquals((await client.clientList()).length, 2);

    await subscriber.close();
    await client.close();
    await everyoneGone(broker);
  });
}

Deno.test("node-redis gets an error for a wrong password", async () => {
  await using broker = Broker.listen({ password: PASSWORD });
  const client = createClient({
    url: broker.url,
    password: "wrong",
    socket: { reconnectStrategy: false },
  });
  client.on("error", () => {});
  const error = await client.connect().then(() => undefined, (error) => error);
  assert(String(error).includes("WRONGPASS"), String(error));
  await everyoneGone(broker);
});

Deno.test("ioredis publishes and subscribes", async () => {
  await using broker = Broker.listen({ password: PASSWORD });
  const options = {
    host: broker.hostname,
    port: broker.port,
    password: PASSWORD,
  };
  const client = new Redis({ ...options, connectionName: "ioredis" });
  const subscriber = new Redis(options);
  assertEquals(await client.client("GETNAME"), "ioredis");

  const inbox = new Inbox<Received>();
  subscriber.on(
    "message",
    (channel, message) => inbox.put({ channel, message }),
  );
  subscriber.on(
    "pmessage",
    (pattern, channel, message) => inbox.put({ pattern, channel, message }),
  );
  assertEquals(await subscriber.subscribe("a", "b"), 2);
  assertEquals(await subscriber.psubscribe("a*"), 3);
  assertEquals(await client.publish("a", "hello ä"), 2);
  assertEquals(await inbox.take(MESSAGE), { channel: "a", message: "hello ä" });
  assertEquals(await inbox.take(MESSAGE), {
    pattern: "a*",
    channel: "a",
    message: "hello ä",
  });
  assertEquals(await client.pubsub("NUMSUB", "a", "c"), ["a", 1, "c", 0]);
  assertEquals(await subscriber.unsubscribe("a"), 2);
  assertEquals(await subscriber.punsubscribe("a*"), 1);
  assertEquals(await client.publish("a", "nobody"), 0);
  assertEquals(await subscriber.unsubscribe(), 0);
  assertEquals(await subscriber.ping(), "PONG");

  assertEquals(
    await client.multi().publish("a", "1").ping().exec(),
    [[null, 0], [null, "PONG"]],
  );
  assertEquals(
    await client.pipeline().flushall().publish("a", "1").exec(),
    [[null, "OK"], [null, 0]],
  );
  const aborted = await client.multi().publish("a", "1").set("key", "value")
    .exec().then(() => undefined, (error) => error);
  assert(String(aborted).includes("EXECABORT"), String(aborted));

  assertEquals(await subscriber.quit(), "OK");
  assertEquals(await client.quit(), "OK");
  await everyoneGone(broker);
});

/** Runs a command to its end. */
async function run(
  command: string,
  ...args: readonly string[]
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) +
    new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  return text;
}

Deno.test({
  name: "redis-cli publishes, subscribes and asks",
  ...needsTools("redis-cli"),
  async fn() {
    await using broker = Broker.listen({ password: PASSWORD });
    const common = [
      ...["-h", broker.hostname, "-p", String(broker.port)],
      ...["-a", PASSWORD, "--no-auth-warning"],
    ];
    const cli = (...words: string[]): Promise<string> =>
      run("redis-cli", ...common, ...words);
    assertEquals(await cli("PING"), "PONG\n");
    assertEquals(await cli("PUBLISH", "a", "x"), "0\n");
    assertEquals(
      await cli("-3", "CONFIG", "GET", "appendonly"),
      "appendonly no\n",
    );

    for (const version of ["-2", "-3"]) {
      await using subscriber = new Deno.Command("redis-cli", {
        args: [...common, version, "SUBSCRIBE", "a"],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      await until(async () => await cli("PUBLISH", "a", "hello") === "1\n", {
        what: "redis-cli to be subscribed",
      });
      let seen = "";
      const decoder = new TextDecoder();
      for await (const chunk of subscriber.stdout) {
        seen += decoder.decode(chunk, { stream: true });
        if (seen.includes("hello")) break;
      }
      assert(/subscribe[^]*message[^]*a[^]*hello/.test(seen), seen);
    }
    await everyoneGone(broker);
  },
});

const REDIS_PY = `
import sys, redis
r = redis.Redis(port=int(sys.argv[1]), password=sys.argv[2], db=9)
assert r.flushdb()
assert r.info()["arch_bits"] == 64 and r.info()["cluster_enabled"] == 0
p = r.pubsub(ignore_subscribe_messages=True)
p.subscribe("a")
p.get_message(timeout=1)
with r.pipeline() as pipe:
    pipe.publish("a", "in a pipeline").ping()
    assert pipe.execute() == [1, True]
with r.pipeline(transaction=False) as pipe:
    assert pipe.publish("b", "1").publish("b", "2").execute() == [0, 0]
with r.pipeline() as pipe:
    pipe.watch("key")
    pipe.multi()
    assert pipe.publish("b", "1").execute() == [0]
try:
    r.pipeline().set("key", "value").execute()
    raise AssertionError("SET was taken")
except redis.ResponseError as error:
    assert "unknown command 'SET'" in str(error), error
message = p.get_message(timeout=10)
assert message["data"] == b"in a pipeline", message
assert r.client_kill_filter(_type="pubsub") == 1
print("done")
`;

Deno.test({
  name: "redis-py publishes in pipelines and transactions",
  ...needsPython("redis-py over the broker"),
  async fn() {
    await using broker = Broker.listen({ password: PASSWORD });
    assertEquals(
      await run(
        pythonInterpreter()!,
        ...["-c", REDIS_PY, String(broker.port), PASSWORD],
      ),
      "done\n",
    );
    await everyoneGone(broker);
  },
});

Deno.test({
  name: "redis-benchmark publishes, pipelined and not",
  ...needsTools("redis-benchmark"),
  async fn() {
    await using broker = Broker.listen();
    const address = ["-h", broker.hostname, "-p", String(broker.port)];
    for (const depth of [1, 256]) {
      const report = await run(
        "redis-benchmark",
        ...[...address, "--csv", "-c", "10", "-n", "5000"],
        ...["-P", String(depth), "publish", "event-signal-pubsub", "hello"],
      );
      assert(/"publish [^"]*","\d+/.test(report), report);
    }
    assert(broker.stats.published >= 10_000, `${broker.stats.published}`);
    assertEquals(broker.stats.protocolErrors, 0);
    await everyoneGone(broker);
  },
});
