/** Which server the client finds by sentinels and by the nodes of a cluster, and what it says to whom. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../src/internal/timer.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "../../src/link/errors.ts";
import { RedisClient } from "../../src/redis/client.ts";
import { SentinelRoute } from "../../src/redis/sentinel.ts";
import { resolveOptions } from "../../src/redis/settings.ts";
import { FakeServer, type Script } from "../support/fake_server.ts";
import { until, within } from "../support/wait.ts";

const FAST = { minBackoff: 5, maxBackoff: 20, connectTimeout: 3_000 };
const HELLO = "%2\r\n+proto\r\n:3\r\n+role\r\n+master\r\n";
const SUBSCRIBED = ">3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n";

/** Answers each command by its name, and notes it. */
function answering(
  told: string[],
  answers: Readonly<Record<string, string>>,
): Script {
  return async (peer) => {
    for (;;) {
      const words = await peer.next();
      if (words === undefined) return;
      told.push(words.join(" "));
      const name = words[0]!.toUpperCase();
      const answer = answers[`${name} ${words[1]?.toUpperCase()}`] ??
        answers[name] ?? "+OK\r\n";
      await peer.reply(answer);
    }
  };
}

const SERVER = { HELLO, PING: "+PONG\r\n", PUBLISH: ":7\r\n" };

function bulks(...texts: string[]): string {
  return `*${texts.length}\r\n${
    texts.map((text) => `$${text.length}\r\n${text}\r\n`).join("")
  }`;
}

/** A sentinel that names a master at a port. */
function sentinelOf(told: string[], port: () => number): Script {
  return (peer) =>
    answering(told, {
      ...SERVER,
      HELLO: HELLO.replace("master", "sentinel"),
      SUBSCRIBE: SUBSCRIBED,
      get SENTINEL() {
        return bulks("127.0.0.1", String(port()));
      },
    })(peer);
}

Deno.test("sentinels and servers each get their own credentials, and no others", async () => {
  const atSentinel: string[] = [];
  const atServer: string[] = [];
  await using server = FakeServer.listen(answering(atServer, SERVER));
  await using sentinel = FakeServer.listen(
    sentinelOf(atSentinel, () => server.port),
  );
  await using client = await RedisClient.connect({
    ...FAST,
    url: `redis+sentinel://me:of-servers@127.0.0.1:${sentinel.port}/signals`,
    sentinelUsername: "watcher",
    sentinelPassword: "of-sentinels",
  });
  assertEquals(await client.publish("c", "x"), 7);
  const name = `redis+sentinel://127.0.0.1:${sentinel.port}/signals`;
  assertEquals(client.name, name);
  assert(atServer.includes("HELLO 3 AUTH me of-servers"));
  assert(!atServer.join().includes("of-sentinels"));
  assert(atSentinel.includes("HELLO 3 AUTH watcher of-sentinels"));
  assert(atSentinel.includes("SENTINEL GET-MASTER-ADDR-BY-NAME signals"));
  assert(!atSentinel.join().includes("of-servers"));
});

Deno.test("a sentinel that is mute, refuses or knows no such master is passed over", async () => {
  const told: string[] = [];
  await using server = FakeServer.listen(answering(told, SERVER));
  await using mute = FakeServer.listen(async (peer) => {
    while (await peer.next() !== undefined);
  });
  await using ignorant = FakeServer.listen(
    answering([], { ...SERVER, SUBSCRIBE: SUBSCRIBED, SENTINEL: "_\r\n" }),
  );
  await using knowing = FakeServer.listen(sentinelOf([], () => server.port));
  const refusing = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = refusing.addr;
  refusing.close();
  await using client = await RedisClient.connect({
    ...FAST,
    connectTimeout: 20_000,
    sentinels: [port, mute.port, ignorant.port, knowing.port]
      .map((each) => `127.0.0.1:${each}`),
    masterName: "signals",
  });
  assertEquals(await client.publish("c", "x"), 7);
});

Deno.test("a master that no sentinel knows is named, and so is a refused login", async () => {
  await using ignorant = FakeServer.listen(
    answering([], { ...SERVER, SUBSCRIBE: SUBSCRIBED, SENTINEL: "_\r\n" }),
  );
  const at = (each: FakeServer) => ({
    sentinels: [`127.0.0.1:${each.port}`],
    masterName: "signals",
    connectTimeout: 1_500,
    sentinelPassword: "hunter2",
  });
  await assertRejects(
    () => RedisClient.connect(at(ignorant)),
    RedisConnectionError,
    "watches no master of that name",
  );
  await using strict = FakeServer.listen(
    answering([], { HELLO: "-WRONGPASS not hunter2\r\n" }),
  );
  const error = await assertRejects(
    () => RedisClient.connect({ ...at(strict), connectTimeout: Infinity }),
    RedisAuthError,
  );
  assert(!Deno.inspect(error).includes("hunter2"));
});

Deno.test("sentinels that can't be reached are named, with the reason", async () => {
  const refusing = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${refusing.addr.port}`;
  refusing.close();
  for (const sentinels of [[address], [address, address, address]]) {
    const options = { sentinels, masterName: "signals", connectTimeout: 1_500 };
    await assertRejects(
      () => RedisClient.connect(options),
      RedisConnectionError,
      `Cannot connect to redis://${address}: Connection refused`,
    );
  }
});

Deno.test("a master that the sentinels have replaced is left, though it still answers", async () => {
  const old: string[] = [];
  const next: string[] = [];
  await using before = FakeServer.listen(answering(old, SERVER));
  await using after = FakeServer.listen(answering(next, SERVER));
  let master = before.port;
  const channel = "+switch-master";
  const switched = Promise.withResolvers<void>();
  await using sentinel = FakeServer.listen(async (peer) => {
    for (;;) {
      const words = await peer.next();
      if (words === undefined) return;
      switch (words[0]) {
        case "HELLO":
          await peer.reply(HELLO);
          break;
        case "SENTINEL":
          await peer.reply(bulks("127.0.0.1", String(master)));
          break;
        case "SUBSCRIBE":
          await peer.reply(SUBSCRIBED);
          void switched.promise.then(() => {
            const text = `signals 127.0.0.1 ${before.port} 127.0.0.1 ${master}`;
            return peer.reply(
              `>3\r\n$7\r\nmessage\r\n$14\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`,
            );
          });
          break;
        default:
          await peer.reply("+PONG\r\n");
      }
    }
  });
  await using client = await RedisClient.connect({
    ...FAST,
    sentinels: [`127.0.0.1:${sentinel.port}`],
    masterName: "signals",
  });
  await client.publish("c", "1");
  master = after.port;
  switched.resolve();
  await until(() => next.includes("PING"), { what: "the new master" });
  await client.publish("c", "2");
  assert(old.includes("PUBLISH c 1"));
  assert(next.includes("PUBLISH c 2"));
});

Deno.test("a client that is closed while it asks a sentinel again asks no other one", async () => {
  const cut = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let subscriptions = 0;
  let questions = 0;
  await using mute = FakeServer.listen(async (peer) => {
    for (;;) {
      const words = await peer.next();
      if (words === undefined) return;
      switch (words[0]) {
        case "HELLO":
          await peer.reply(HELLO);
          break;
        case "SUBSCRIBE":
          await peer.reply(SUBSCRIBED);
          if (++subscriptions > 1) break;
          await cut.promise;
          return peer.close();
        case "SENTINEL":
          if (++questions === 1) await peer.reply(bulks("127.0.0.1", "1"));
          else {
            asked.resolve();
            await peer.expectEnd();
            return ended.resolve();
          }
          break;
        default:
          await peer.reply("+PONG\r\n");
      }
    }
  });
  await using other = FakeServer.listen(sentinelOf([], () => 1));
  const settings = resolveOptions({
    ...FAST,
    sentinels: [mute, other].map(({ port }) => `127.0.0.1:${port}`),
    masterName: "signals",
  });
  const route = new SentinelRoute(settings, settings.sentinel!, () => {});
  const { signal } = new AbortController();
  await route.find({ signal, attempt: 0 });
  cut.resolve();
  await asked.promise;
  route.close(new Error("closed"));
  await ended.promise;
  await delay(100);
  assertEquals(other.connections, 0);
});

const CLUSTER_NODE = {
  ...SERVER,
  HELLO: "%2\r\n+proto\r\n:3\r\n+mode\r\n+cluster\r\n",
  "CLUSTER KEYSLOT": ":7113\r\n",
  SUBSCRIBE: ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n",
  UNSUBSCRIBE: ">3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n",
};

/** The slots of a cluster; a node without an address is at the host that was asked. */
function slotsAt(home: number): string {
  return `*2\r\n*3\r\n:0\r\n:7000\r\n*2\r\n$9\r\n127.0.0.9\r\n:1\r\n*3\r\n:7001\r\n:16383\r\n*2\r\n$0\r\n\r\n:${home}\r\n`;
}

/** A node of a cluster whose slots are at a port. */
function nodeOf(told: string[], home: () => number, id = "node"): Script {
  return (peer) =>
    answering(told, {
      ...CLUSTER_NODE,
      "CLUSTER MYID": `+${id}\r\n`,
      get "CLUSTER SLOTS"() {
        return slotsAt(home());
      },
    })(peer);
}

Deno.test("the home node of a cluster is found, and followed when it moves", async () => {
  const one: string[] = [];
  const two: string[] = [];
  let home = 0;
  await using first = FakeServer.listen(nodeOf(one, () => home));
  await using second = FakeServer.listen(nodeOf(two, () => home));
  home = first.port;
  await using client = await RedisClient.connect({
    ...FAST,
    url: `redis+cluster://127.0.0.1:${second.port},127.0.0.1:${first.port}`,
  });
  assertEquals([client.mode, client.node], ["cluster", null]);
  assertEquals(await client.publish("c", "1"), 7);
  home = second.port;
  await until(
    async () => {
      await client.publish("c", "2").catch(() => {});
      return two.includes("PUBLISH c 2");
    },
    { what: "the new home node" },
  );
  assert(one.includes("PUBLISH c 1"));
  assert(!two.includes("PUBLISH c 1"));
});

Deno.test("a client of a cluster names its node while both of its connections lead there", async () => {
  let home = 0;
  await using first = FakeServer.listen(nodeOf([], () => home, "one"));
  await using second = FakeServer.listen(nodeOf([], () => home, "two"));
  home = first.port;
  await using client = await RedisClient.connect({
    ...FAST,
    url: `redis+cluster://127.0.0.1:${second.port},127.0.0.1:${first.port}`,
  });
  assertEquals(client.node, null);
  const nodes: unknown[] = [];
  await using cast = new AsyncDisposableStack();
  const subscription = await client.subscribe(["c"], {
    message: () => {},
    link: ({ state }) => nodes.push(state, client.node),
  });
  cast.defer(() => subscription.close());
  assertEquals(client.node, "one");
  home = second.port;
  await until(() => client.node === "two", { what: "the other node" });
  assertEquals(nodes.slice(0, 2), ["down", null]);
});

Deno.test("a client of a cluster whose user may not ask for the node keeps to none", async () => {
  let home = 0;
  await using server = FakeServer.listen((peer) =>
    answering([], {
      ...CLUSTER_NODE,
      get "CLUSTER SLOTS"() {
        return slotsAt(home);
      },
      "CLUSTER MYID": "-NOPERM no\r\n",
    })(peer)
  );
  home = server.port;
  await using client = await RedisClient.connect({
    ...FAST,
    url: `redis+cluster://127.0.0.1:${home}`,
  });
  const subscription = await client.subscribe(["c"], { message: () => {} });
  assertEquals([client.mode, client.node], ["cluster", undefined]);
  await subscription.close();
});

const UNFIT = [
  ["cluster", "", "ERR This instance has cluster support disabled"],
  ["cluster", "", "ERR unknown command 'CLUSTER', with args"],
  ["sentinel", "/signals", "ERR unknown command 'SENTINEL', with args"],
] as const;

for (const [kind, path, reply] of UNFIT) {
  Deno.test(`a server that is no ${kind} and replies "${reply}" is left at once`, async () => {
    await using server = FakeServer.listen(answering([], {
      ...SERVER,
      SUBSCRIBE: SUBSCRIBED,
      CLUSTER: `-${reply}\r\n`,
      SENTINEL: `-${reply}\r\n`,
    }));
    const error = await assertRejects(
      () =>
        within(
          RedisClient.connect({
            ...FAST,
            connectTimeout: Infinity,
            url: `redis+${kind}://127.0.0.1:${server.port}${path}`,
          }),
          { what: "the server to be left" },
        ),
      RedisRoleError,
      "use redis://",
    );
    assertEquals([error.role, error.outcome], ["unfit", "not-sent"]);
    assert(!(error instanceof RedisReplyError));
  });
}

Deno.test("a server that refuses to tell of its cluster refuses in its own words", async () => {
  await using server = FakeServer.listen(answering([], {
    ...SERVER,
    CLUSTER: "-NOPERM this user has no permissions\r\n",
  }));
  await assertRejects(
    () =>
      RedisClient.connect({
        ...FAST,
        url: `redis+cluster://127.0.0.1:${server.port}`,
      }),
    RedisPermissionError,
    "no permissions",
  );
});
