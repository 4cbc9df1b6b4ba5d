import { assert, assertEquals, assertMatch } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { Broker } from "../../src/broker/mod.ts";
import { until } from "../support/wait.ts";
import { encode, RawClient } from "./raw_client.ts";

const PONG = "+PONG\r\n";
const KIB = 1024;
const MIB = 1024 * KIB;

async function ping(client: RawClient): Promise<void> {
  assertEquals(await client.ask(["PING"], PONG.length), PONG);
}

/** A client that is subscribed to a channel, and has read that it is. */
async function subscriber(port: number, channel: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await client.send("SUBSCRIBE", channel);
  await client.readThrough(":1\r\n");
  return client;
}

/** Waits for a write that the other end may cut off. */
async function ignoreClosed(writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    assert(
      error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset,
    );
  }
}

Deno.test("commands are answered alike however they are cut into pieces", async () => {
  await using broker = Broker.listen();
  const commands = [
    ["HELLO", "3"],
    ["SUBSCRIBE", "a", "b"],
    ["PUBLISH", "a", "1\r\n2\0\xff"],
    ["ECHO", "hello"],
    ["QUIT"],
  ].map(encode).join("");
  const transcript = async (size: number): Promise<string> => {
    using client = await RawClient.connect(broker.port);
    for (let i = 0; i < commands.length; i += size) {
      await client.write(commands.slice(i, i + size));
    }
    return (await client.readAll()).replace(/id\r\n:\d+/, "id");
  };
  const whole = await transcript(commands.length);
  assert(whole.endsWith("$5\r\nhello\r\n+OK\r\n"), whole);
  for (const size of [1, 2, 3, 7]) assertEquals(await transcript(size), whole);
});

Deno.test("a burst of commands is answered in order", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  const words = Array.from({ length: 20_000 }, (_, i) => String(i));
  await client.write(words.map((word) => encode(["ECHO", word])).join(""));
  const replies = words.map((word) => `$${word.length}\r\n${word}\r\n`).join(
    "",
  );
  assertEquals(await client.read(replies.length), replies);
});

const NOT_THE_WIRE_FORMAT: readonly string[] = [
  "PING\r\n",
  "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n*1\r\n$4\r\nPING\r\n",
  "Host: localhost\r\n",
  "GET / HTTP/1.1",
  "\r\n",
  "|",
  "@",
  "+OK\r\n",
  "*4294967295\r\n",
  "*-2\r\n",
  "*1\r\n$4000000000\r\n",
  "*1\r\n$-2\r\n",
  "*1\r\n$-1\r\n",
  "*1\r\n$abc\r\n",
  "*1\r\n$?\r\n",
  "*1\r\n$4\r\nPINGxx",
  "*1\r\n:5\r\n",
  "*1\r\n*1\r\n*1\r\n",
  "*1\r\n*0\r\n",
  "x".repeat(100 * KIB),
];

for (const bytes of NOT_THE_WIRE_FORMAT) {
  const shown = JSON.stringify(bytes.slice(0, 40));
  Deno.test(`${shown} is told to be a protocol error, and ends the connection`, async () => {
    await using broker = Broker.listen();
    using client = await RawClient.connect(broker.port);
    await client.write(encode(["PING"]) + bytes);
    const text = await client.readAll();
    assertMatch(text, /^\+PONG\r\n-ERR Protocol error: [^\r\n]+\r\n$/);
    assertEquals(broker.stats.protocolErrors, 1);
    using next = await RawClient.connect(broker.port);
    await ping(next);
  });
}

Deno.test("empty and null commands are passed over", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.write("*0\r\n*-1\r\n");
  await ping(client);
});

Deno.test("a length that is only declared takes no memory", async () => {
  await using broker = Broker.listen({ maxPayload: 512 * MIB });
  using client = await RawClient.connect(broker.port);
  await ping(client);
  const { memory } = broker.stats;
  await client.write("*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$500000000\r\n");
  await until(() => broker.stats.memory > memory, {
    what: "the bytes to arrive",
  });
  assert(broker.stats.memory < memory + KIB);
});

Deno.test("a message over the limit is refused, and its publisher stays connected", async () => {
  await using broker = Broker.listen({ maxPayload: 100 * KIB });
  using reader = await subscriber(broker.port, "a");
  using client = await RawClient.connect(broker.port);
  await client.send("PUBLISH", "a", "x".repeat(100 * KIB));
  assertEquals(await client.read(4), ":1\r\n");
  await client.send("PUBLISH", "a", "y".repeat(100 * KIB + 1));
  assertEquals(
    await client.readThrough("\r\n"),
    "-ERR an argument is too long: 102401 bytes are over the limit of 102400\r\n",
  );
  await client.send("PUBLISH", "a", "z");
  assertEquals(await client.read(4), ":1\r\n");
  const received = await reader.readThrough("$1\r\nz\r\n");
  assert(!received.includes("y"));
});

Deno.test("a client can be subscribed to so many channels and patterns, and no more", async () => {
  await using broker = Broker.listen({ maxChannels: 3 });
  using client = await RawClient.connect(broker.port);
  const refusal = "-ERR a client can be subscribed to 3 channels at most\r\n";
  await client.send("SUBSCRIBE", "a");
  await client.readThrough(":1\r\n");
  await client.send("SUBSCRIBE", "b", "c", "d");
  assertEquals(await client.readThrough("\r\n"), refusal);
  await client.send("PSUBSCRIBE", "b");
  await client.readThrough(":2\r\n");
  await client.send("SSUBSCRIBE", "c");
  await client.readThrough(":1\r\n");
  await client.send("SUBSCRIBE", "d");
  assertEquals(await client.readThrough("\r\n"), refusal);
  await client.send("SUBSCRIBE", "a");
  await client.readThrough(":2\r\n");
});

Deno.test("a reader that has stopped is dropped, and the others get every message", async () => {
  await using broker = Broker.listen({ maxOutput: 1 * MIB });
  using _stopped = await subscriber(broker.port, "a");
  using reading = await subscriber(broker.port, "a");
  using publisher = await RawClient.connect(broker.port);
  await ping(publisher);
  const { memory } = broker.stats;
  const payload = "x".repeat(64 * KIB);
  const message =
    `*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$${payload.length}\r\n${payload}\r\n`;
  let published = 0;
  while (broker.stats.dropped === 0) {
    assert(published < 2_000, "nobody was dropped");
    await publisher.send("PUBLISH", "a", payload);
    await publisher.read(4);
    published++;
    assert(await reading.read(message.length) === message);
  }
  assertEquals(broker.stats.dropped, 1);
  assertEquals(broker.stats.connections, 2);
  await publisher.send("PUBLISH", "a", "last");
  assertEquals(await publisher.read(4), ":1\r\n");
  await reading.readThrough("last\r\n");
  await until(() => broker.stats.memory < memory, {
    what: "memory to be freed",
  });
});

Deno.test("a client that never reads its replies is dropped", async () => {
  await using broker = Broker.listen({ maxOutput: 1 * MIB });
  using client = await RawClient.connect(broker.port);
  const echo = encode(["ECHO", "x".repeat(64 * KIB)]);
  await ignoreClosed((async () => {
    for (let i = 0; i < 2_000 && broker.stats.dropped === 0; i++) {
      await client.write(echo);
    }
  })());
  await until(() => broker.stats.connections === 0, { what: "it to be gone" });
  assertEquals(broker.stats.dropped, 1);
  assertEquals(broker.stats.memory, 0);
});

Deno.test("if unfinished commands take too much memory, the client that has sent most is dropped", async () => {
  await using broker = Broker.listen({ maxMemory: 8 * MIB });
  using light = await RawClient.connect(broker.port);
  await light.write(`*2\r\n$4\r\nECHO\r\n$${MIB}\r\n${"x".repeat(MIB - 1)}`);
  await until(() => broker.stats.memory >= MIB, { what: "1 MiB" });
  using heavy = await RawClient.connect(broker.port);
  const word = `$${MIB}\r\n${"x".repeat(MIB)}\r\n`;
  // Words of a command that is not whole count too, decoded though they are.
  await ignoreClosed(heavy.write(`*9\r\n${word.repeat(8)}`));
  assertEquals(await heavy.readAll(), "");
  assertEquals(broker.stats.dropped, 1);
  await light.write("x\r\n");
  await light.read(`$${MIB}\r\n`.length + MIB + 2);
  light[Symbol.dispose]();
  await until(() => broker.stats.memory === 0, { what: "memory to be freed" });
});

Deno.test("the commands of a transaction are limited as unfinished commands are", async () => {
  await using broker = Broker.listen({ maxMemory: 4 * MIB });
  using client = await RawClient.connect(broker.port);
  const publish = encode(["PUBLISH", "a", "x".repeat(KIB)]);
  await ignoreClosed(
    client.write(encode(["MULTI"]) + publish.repeat(4 * KIB)),
  );
  await client.readAll();
  assertEquals(broker.stats.dropped, 1);
  assertEquals(broker.stats.published, 0);
});

Deno.test("the memory of subscriptions is freed in whatever way they end", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await ping(client);
  const { memory } = broker.stats;
  for (const end of [["UNSUBSCRIBE"], ["RESET"], ["QUIT"]]) {
    await client.send("SUBSCRIBE", "a", "a", "b");
    await client.readThrough("b\r\n:2\r\n");
    assert(broker.stats.memory >= memory + 200, `${broker.stats.memory}`);
    await client.send(...end);
    await until(() => broker.stats.memory <= memory, {
      what: `${end} to free it`,
    });
  }
  await until(() => broker.stats.memory === 0, { what: "all to be free" });
});

Deno.test("a subscription that memory has no room for is refused in Redis's words", async () => {
  await using broker = Broker.listen({ maxMemory: 64 * KIB });
  using client = await RawClient.connect(broker.port);
  const names = Array.from({ length: 100 }, (_, i) => `channel-${i}`);
  await client.send("SUBSCRIBE", ...names);
  assertEquals(
    await client.readThrough("\r\n"),
    "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
  );
  await client.send("SUBSCRIBE", "a");
  await client.readThrough(":1\r\n");
  assertEquals(broker.stats.dropped, 0);
});

Deno.test("readers that read are kept while a publisher is faster than they are", async () => {
  const maxMemory = 8 * MIB;
  await using broker = Broker.listen({ maxMemory, maxOutput: 512 * MIB });
  using reader = await subscriber(broker.port, "a");
  using publisher = await RawClient.connect(broker.port);
  const count = 32;
  const publish = encode(["PUBLISH", "a", "x".repeat(MIB)]);
  const sent = (async () => {
    for (let i = 0; i < count; i++) await publisher.write(publish);
  })();
  let most = 0;
  const message = `*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$${MIB}\r\n`;
  for (let i = 0; i < count; i++) {
    await reader.read(message.length + MIB + 2);
    most = Math.max(most, broker.stats.memory);
  }
  await sent;
  assertEquals(await publisher.read(4 * count), ":1\r\n".repeat(count));
  assertEquals(broker.stats.dropped, 0);
  assert(most < maxMemory + 4 * MIB, `${most} bytes were held`);
});

Deno.test("readers that have stopped are dropped when memory runs out, and the others are not", async () => {
  await using broker = Broker.listen({
    maxMemory: 32 * MIB,
    maxOutput: 512 * MIB,
  });
  using _stopped = await subscriber(broker.port, "a");
  using reading = await subscriber(broker.port, "a");
  using publisher = await RawClient.connect(broker.port);
  const length = `*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$${MIB}\r\n`.length +
    MIB + 2;
  for (let i = 0; broker.stats.dropped === 0; i++) {
    assert(i < 200, "the reader that stopped was kept");
    await publisher.send("PUBLISH", "a", "x".repeat(MIB));
    await reading.read(length);
    await publisher.read(4);
  }
  assertEquals(broker.stats.dropped, 1);
  await publisher.send("PUBLISH", "a", "x");
  assertEquals(await publisher.read(4), ":1\r\n");
});

Deno.test("a large message waits for all its readers in one copy", async () => {
  await using broker = Broker.listen({ maxMemory: 64 * MIB });
  const readers = await Promise.all(
    Array.from({ length: 20 }, () => subscriber(broker.port, "a")),
  );
  using publisher = await RawClient.connect(broker.port);
  await publisher.send("PUBLISH", "a", "x".repeat(4 * MIB));
  assertEquals(await publisher.read(5), ":20\r\n");
  assert(broker.stats.memory < 8 * MIB, `${broker.stats.memory}`);
  for (const reader of readers) {
    await reader.readThrough(`$${4 * MIB}\r\n`);
    await reader.read(4 * MIB + 2);
    reader[Symbol.dispose]();
  }
  assertEquals(broker.stats.dropped, 0);
});

Deno.test("QUIT is answered before the connection ends, and nothing after it", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.write(
    ["PING", "QUIT", "PING"].map((name) => encode([name])).join(""),
  );
  assertEquals(await client.readAll(), PONG + "+OK\r\n");
});

Deno.test("a client that half-closes gets its replies", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.send("ECHO", "x".repeat(5 * MIB));
  await client.closeWrite();
  assertEquals(
    (await client.readAll()).length,
    5 * MIB + "$5242880\r\n\r\n".length,
  );
});

Deno.test("a client that does not hang up after its last reply is disconnected", async () => {
  await using broker = Broker.listen();
  using client = await RawClient.connect(broker.port);
  await client.write("PING\r\n");
  await client.readAll();
  assertEquals(broker.stats.connections, 1);
  await until(() => broker.stats.connections === 0, { what: "it to be gone" });
});

Deno.test("a subscriber that ends its side gets no more messages", async () => {
  await using broker = Broker.listen();
  using client = await subscriber(broker.port, "a");
  using publisher = await RawClient.connect(broker.port);
  await client.send("QUIT");
  assertEquals(await client.readAll(), "+OK\r\n");
  assertEquals(await publisher.ask(["PUBLISH", "a", "x"], 4), ":0\r\n");
});

Deno.test("a client that does not authenticate in time is disconnected, whatever it sends", async () => {
  await using broker = Broker.listen({ password: "x", handshakeTimeout: 300 });
  using mute = await RawClient.connect(broker.port);
  using slow = await RawClient.connect(broker.port);
  using welcome = await RawClient.connect(broker.port);
  assertEquals(await welcome.ask(["AUTH", "x"], 5), "+OK\r\n");
  for (const unit of "*2\r\n$4\r\nAU") await slow.write(unit);
  assertEquals(await mute.readAll(), "");
  assertEquals(await slow.readAll(), "");
  assertEquals(broker.stats.unauthenticated, 2);
  await ping(welcome);
});

Deno.test("a client that gives up its authentication has to authenticate in time again", async () => {
  await using broker = Broker.listen({ password: "x", handshakeTimeout: 300 });
  using client = await RawClient.connect(broker.port);
  await client.ask(["AUTH", "x"], 5);
  assertEquals(await client.ask(["RESET"], 8), "+RESET\r\n");
  assertEquals(await client.readAll(), "");
  assertEquals(broker.stats.unauthenticated, 1);
});

Deno.test("without a password there is no deadline for authentication", async () => {
  await using broker = Broker.listen({ handshakeTimeout: 1 });
  using client = await RawClient.connect(broker.port);
  using other = await RawClient.connect(broker.port);
  for (let i = 0; i < 20; i++) await ping(other);
  await ping(client);
});

Deno.test("a client that begins a command and does not end it in time is disconnected", async () => {
  await using broker = Broker.listen({ commandTimeout: 500 });
  using stalled = await RawClient.connect(broker.port);
  using idle = await RawClient.connect(broker.port);
  using busy = await RawClient.connect(broker.port);
  await stalled.write(encode(["PING"]) + "*1\r\n$4\r\nPI");
  // Each of its writes leaves a command begun, and ends the one before.
  const rest = (async () => {
    const whole = encode(["PING"]);
    await busy.write(whole.slice(0, 5));
    for (let i = 0; i < 10; i++) {
      await delay(80);
      await busy.write(whole.slice(5) + whole.slice(0, 5));
    }
  })();
  assertEquals(await stalled.readAll(), PONG);
  await rest;
  assertEquals(await busy.read(PONG.length * 10), PONG.repeat(10));
  assertEquals(broker.stats.stalled, 1);
  await ping(idle);
});

Deno.test("an unauthenticated client can send a few attempts and no flood", async () => {
  await using broker = Broker.listen({ password: "x" });
  using client = await RawClient.connect(broker.port);
  await client.write(encode(["AUTH", "wrong"]).repeat(3));
  const wrongpass =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  assertEquals(await client.read(wrongpass.length * 3), wrongpass.repeat(3));
  await client.write(`*2\r\n$4\r\nAUTH\r\n$1000000\r\n${"x".repeat(20 * KIB)}`);
  assertEquals(
    await client.readAll(),
    "-ERR Protocol error: too many bytes before authentication\r\n",
  );
  assertEquals(broker.stats.unauthenticated, 1);
});
