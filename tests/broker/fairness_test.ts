/**
 * What a client is answered while another one keeps the broker busy. The broker
 * has a process of its own, as its clients would have.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startRole } from "../support/child.ts";
import { within } from "../support/wait.ts";
import { encode, RawClient } from "./raw_client.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const PONG = "+PONG\r\n";
/** Answers that another client gets at least while there is much to do. */
const ENOUGH = 5;
/** Patterns each of which is tried at half of the places of {@linkcode HARD_CHANNEL}. */
const HARD_PATTERNS = Array.from(
  { length: 1_000 },
  (_, i) => `*${"a".repeat(511)}x${i}`,
);
const HARD_CHANNEL = "a".repeat(1_024);

/** One kind of much work. */
interface Load {
  readonly what: string;
  /** Readies it; answers what does it, until its last reply has come. */
  prepare(port: number, stack: DisposableStack): Promise<() => Promise<void>>;
}

const LOADS: readonly Load[] = [
  {
    what: "a PUBLISH is matched against 1,000 hard patterns",
    async prepare(port, stack) {
      const subscriber = stack.use(await RawClient.connect(port));
      await subscriber.send("PSUBSCRIBE", ...HARD_PATTERNS);
      await subscriber.readThrough(":1000\r\n");
      const publisher = stack.use(await RawClient.connect(port));
      return async () => {
        assertEquals(
          await publisher.ask(["PUBLISH", HARD_CHANNEL, "x"], 4),
          ":0\r\n",
        );
      };
    },
  },
  {
    what: "PUBSUB CHANNELS matches a hard pattern against 500 channels",
    async prepare(port, stack) {
      const client = stack.use(await RawClient.connect(port));
      const names = Array.from(
        { length: 500 },
        (_, i) => `${"a".repeat(1_000)}${i}`,
      );
      await client.send("HELLO", "3");
      await client.send("SUBSCRIBE", ...names);
      await client.readThrough(":500\r\n");
      return async () => {
        await client.send("PUBSUB", "CHANNELS", HARD_PATTERNS[0]!);
        assertEquals(await client.read(4), "*0\r\n");
      };
    },
  },
  {
    what: "clients send pipelines of 100,000 commands",
    async prepare(port, stack) {
      const commands = encode(["PUBLISH", "a", "x"]).repeat(100_000);
      const clients = [
        stack.use(await RawClient.connect(port)),
        stack.use(await RawClient.connect(port)),
      ];
      return async () => {
        await Promise.all(clients.map(async (client) => {
          const writing = client.write(commands + encode(["ECHO", "done"]));
          await client.readThrough("done\r\n");
          await writing;
        }));
      };
    },
  },
  {
    what: "a transaction of 20,000 messages is delivered to 50 subscribers",
    async prepare(port, stack) {
      for (let i = 0; i < 50; i++) {
        const subscriber = stack.use(await RawClient.connect(port));
        await subscriber.send("SUBSCRIBE", "a");
        await subscriber.readThrough(":1\r\n");
        subscriber.readThrough("never").catch(() => {});
      }
      const client = stack.use(await RawClient.connect(port));
      const publish = encode(["PUBLISH", "a", "x"]);
      return async () => {
        const writing = client.write(
          encode(["MULTI"]) + publish.repeat(20_000) + encode(["EXEC"]),
        );
        await client.readThrough("*20000\r\n");
        await client.readThrough(":50\r\n", 20_000);
        await writing;
      };
    },
  },
];

for (const { what, prepare } of LOADS) {
  Deno.test(`others are answered while ${what}`, async () => {
    await using process = startRole("broker.ts", {
      args: ["{}"],
      permissions: ["--allow-net=127.0.0.1"],
    });
    const { port } = await process.next<{ port: number }>({
      what: "the broker",
    });
    using stack = new DisposableStack();
    const run = await prepare(port, stack);
    const bystander = stack.use(await RawClient.connect(port));
    assertEquals(await bystander.ask(["PING"], PONG.length), PONG);
    let running = true;
    const done = run().finally(() => running = false);
    done.catch(() => {}); // awaited below
    let answers = 0;
    while (running) {
      assertEquals(await bystander.ask(["PING"], PONG.length), PONG);
      if (running) answers++;
    }
    await within(done, { what: "the work", timeout: 60_000 });
    assert(answers >= ENOUGH, `${answers} answers`);
  });
}

Deno.test("5,000 channels are subscribed to and counted with one command each", async () => {
  await using process = startRole("broker.ts", {
    args: ["{}"],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const { port } = await process.next<{ port: number }>({ what: "the broker" });
  using subscriber = await RawClient.connect(port);
  using client = await RawClient.connect(port);
  const names = Array.from({ length: 5_000 }, (_, i) => `channel-${i}`);
  await subscriber.send("SUBSCRIBE", ...names);
  await subscriber.readThrough(":5000\r\n");
  const counts = names.map((name) => `$${name.length}\r\n${name}\r\n:1\r\n`);
  const reply = `*10000\r\n${counts.join("")}`;
  assert(
    await client.ask(["PUBSUB", "NUMSUB", ...names], reply.length) === reply,
  );
});

Deno.test("all subscribers get the messages of all publishers in one order", async () => {
  await using process = startRole("broker.ts", {
    args: ["{}"],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const { port } = await process.next<{ port: number }>({ what: "the broker" });
  using stack = new DisposableStack();
  const connect = async (): Promise<RawClient> =>
    stack.use(await RawClient.connect(port));
  const readers = await Promise.all([connect(), connect(), connect()]);
  await readers[0]!.send("SUBSCRIBE", HARD_CHANNEL);
  await readers[1]!.send("PSUBSCRIBE", "a*");
  await readers[2]!.send("SUBSCRIBE", HARD_CHANNEL);
  for (const reader of readers) await reader.readThrough(":1\r\n");
  const slow = await connect();
  await slow.send("PSUBSCRIBE", ...HARD_PATTERNS.slice(0, 50));
  await slow.readThrough(":50\r\n");
  const publishers = await Promise.all([connect(), connect(), connect()]);
  const count = 10;
  await Promise.all(publishers.map(async (publisher, p) => {
    for (let i = 0; i < count; i++) {
      await publisher.send("PUBLISH", HARD_CHANNEL, `<${p}-${i}>`);
    }
    assertEquals(await publisher.read(4 * count), ":3\r\n".repeat(count));
  }));
  const orders: string[] = [];
  for (const reader of readers) {
    const text = await reader.readThrough(">\r\n", 3 * count);
    orders.push(text.match(/<\d-\d>/g)!.join(" "));
  }
  assertEquals(orders, [orders[0]!, orders[0]!, orders[0]!]);
  for (let p = 0; p < 3; p++) {
    const own = orders[0]!.split(" ").filter((it) => it.startsWith(`<${p}`));
    assertEquals(own, Array.from({ length: count }, (_, i) => `<${p}-${i}>`));
  }
});

Deno.test("a transaction's messages follow each other", async () => {
  await using process = startRole("broker.ts", {
    args: ["{}"],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const { port } = await process.next<{ port: number }>({ what: "the broker" });
  using reader = await RawClient.connect(port);
  using one = await RawClient.connect(port);
  using two = await RawClient.connect(port);
  await reader.send("SUBSCRIBE", "a");
  await reader.readThrough(":1\r\n");
  const count = 2_000;
  const others = two.write(
    encode(["PUBLISH", "a", "<two>"]).repeat(50 * count),
  );
  await one.write(
    encode(["MULTI"]) + encode(["PUBLISH", "a", "<one>"]).repeat(count) +
      encode(["EXEC"]),
  );
  await one.readThrough(":1\r\n", count);
  await others;
  await two.readThrough(":1\r\n", 50 * count);
  const text = await reader.readThrough(">\r\n", 51 * count);
  const order = text.match(/<(one|two)>/g)!;
  const first = order.indexOf("<one>");
  assertEquals(order.lastIndexOf("<one>") - first, count - 1);
});

Deno.test("a client that comes and goes with 20,000 channels leaves nothing behind", async () => {
  await using process = startRole("broker.ts", {
    args: ["{}"],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const { port } = await process.next<{ port: number }>({ what: "the broker" });
  using client = await RawClient.connect(port);
  const names = Array.from({ length: 20_000 }, (_, i) => `channel-${i}`);
  for (let round = 0; round < 3; round++) {
    using subscriber = await RawClient.connect(port);
    await subscriber.send("SUBSCRIBE", ...names);
    await subscriber.readThrough(":20000\r\n");
  }
  let left = "";
  do {
    await client.send("PUBSUB", "CHANNELS", "channel-1999?");
    left = await client.readThrough("\r\n");
    const more = Number(left.slice(1)) * 2;
    if (more > 0) await client.readThrough("\r\n", more);
  } while (left !== "*0\r\n");
});

Deno.test("memory that is counted is near to what the process takes", async () => {
  await using process = startRole("broker.ts", {
    args: ["{}"],
    permissions: ["--allow-net=127.0.0.1"],
  });
  const { port } = await process.next<{ port: number }>({ what: "the broker" });
  const figures = async () => {
    await process.send("figures");
    return await process.next<{ memory: number; rss: number }>({
      what: "figures",
    });
  };
  using stack = new DisposableStack();
  const warm = stack.use(await RawClient.connect(port));
  await warm.write(encode(["PING"]).repeat(50_000));
  await warm.readThrough(PONG, 50_000);
  const before = await figures();
  for (let i = 0; i < 1_000; i++) stack.use(await RawClient.connect(port));
  for (let i = 0; i < 10; i++) {
    const client = stack.use(await RawClient.connect(port));
    const names = Array.from({ length: 5_000 }, (_, n) => `channel-${i}-${n}`);
    await client.send("SUBSCRIBE", ...names);
    await client.readThrough(":5000\r\n");
  }
  for (let i = 0; i < 20; i++) {
    const client = stack.use(await RawClient.connect(port));
    const head = `*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$${8 * MIB}\r\n`;
    await client.write(head + "x".repeat(MIB));
  }
  await within(
    (async () => {
      while ((await figures()).memory < before.memory + 60 * MIB);
    })(),
    { what: "the bytes to arrive" },
  );
  const after = await figures();
  const counted = after.memory - before.memory;
  const taken = after.rss - before.rss;
  // Twice: the collector of the runtime decides when it gives memory back.
  assert(taken < 2 * counted, `${taken} bytes taken, ${counted} counted`);
});
