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

/** The reply to SENTINEL MASTER: a map in RESP3, a list in RESP2. */
function masterAt(epoch: number, protocol: 2 | 3): string {
  const head = protocol === 3 ? "%2" : "*4";
  return `${head}\r\n$4\r\nname\r\n$7\r\nsignals\r\n$12\r\nconfig-epoch\r\n$1\r\n${epoch}\r\n`;
}

/** A sentinel that names a master at a port. */
function sentinelOf(
  told: string[],
  port: () => number,
  epoch = () => 0,
  protocol: 2 | 3 = 3,
): Script {
  return (peer) =>
    answering(told, {
      ...SERVER,
      HELLO: HELLO.replace("master", "sentinel"),
      SUBSCRIBE: SUBSCRIBED,
      get "SENTINEL MASTER"() {
        return masterAt(epoch(), protocol);
      },
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

/** The options of a client behind these sentinels. */
function behind(...sentinels: FakeServer[]) {
  return {
    ...FAST,
    sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`),
    masterName: "signals",
  };
}

for (const protocol of [2, 3] as const) {
  Deno.test(`the sentinel of the highest epoch counts, as RESP${protocol} says it`, async () => {
    const old: string[] = [];
    await using before = FakeServer.listen(answering(old, SERVER));
    await using after = FakeServer.listen(answering([], SERVER));
    const naming = (server: FakeServer, epoch: number) =>
      FakeServer.listen(
        sentinelOf([], () => server.port, () => epoch, protocol),
      );
    await using stale = naming(before, 3);
    await using one = naming(after, 4);
    await using other = naming(after, 4);
    await using client = await RedisClient.connect(behind(stale, one, other));
    assertEquals(await client.publish("c", "1"), 7);
    assertEquals(old, []);
  });
}

Deno.test("a sentinel that may not be asked for the epoch still leads to the master", async () => {
  await using server = FakeServer.listen(answering([], SERVER));
  await using sentinel = FakeServer.listen(answering([], {
    ...SERVER,
    SUBSCRIBE: SUBSCRIBED,
    "SENTINEL MASTER": "-NOPERM no\r\n",
    SENTINEL: bulks("127.0.0.1", String(server.port)),
  }));
  await using client = await RedisClient.connect(behind(sentinel));
  assertEquals(await client.publish("c", "1"), 7);
});

for (const reply of ["-WRONGPASS no\r\n", "HTTP/1.1 400 Bad Request\r\n"]) {
  Deno.test(`a sentinel that replies ${reply.trim()} ends nothing while another one may come back`, async () => {
    await using server = FakeServer.listen(answering([], SERVER));
    await using refusing = FakeServer.listen(answering([], { HELLO: reply }));
    let questions = 0;
    await using other = FakeServer.listen(async (peer) => {
      for (let words; (words = await peer.next()) !== undefined;) {
        if (words[1] === "MASTER" && ++questions < 3) return peer.close();
        await peer.reply(
          {
            HELLO,
            SUBSCRIBE: SUBSCRIBED,
            SENTINEL: bulks("127.0.0.1", String(server.port)),
          }[words[0]!] ?? "+PONG\r\n",
        );
      }
    });
    await using client = await RedisClient.connect(behind(refusing, other));
    assertEquals(await client.publish("c", "1"), 7);
  });
}

/** The message of a sentinel that another server is the master. */
function announcing(from: number, to: number): string {
  const text = `signals 127.0.0.1 ${from} 127.0.0.1 ${to}`;
  return `>3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$${text.length}\r\n${text}\r\n`;
}

/** A sentinel that says once that another server is the master. */
function switching(
  master: () => number,
  epoch: () => number,
  switched: Promise<number>,
): Script {
  return async (peer) => {
    for (;;) {
      const words = await peer.next();
      if (words === undefined) return;
      switch (words[0]) {
        case "HELLO":
          await peer.reply(HELLO);
          break;
        case "SENTINEL":
          await peer.reply(
            words[1] === "MASTER"
              ? masterAt(epoch(), 3)
              : bulks("127.0.0.1", String(master())),
          );
          break;
        case "SUBSCRIBE":
          await peer.reply(SUBSCRIBED);
          void switched.then((port) => peer.reply(announcing(master(), port)));
          break;
        default:
          await peer.reply("+PONG\r\n");
      }
    }
  };
}

Deno.test("a master that the sentinels have replaced is left, though it still answers", async () => {
  const old: string[] = [];
  const next: string[] = [];
  await using before = FakeServer.listen(answering(old, SERVER));
  await using after = FakeServer.listen(answering(next, SERVER));
  let master = before.port;
  const switched = Promise.withResolvers<number>();
  await using sentinel = FakeServer.listen(
    switching(() => master, () => 1, switched.promise),
  );
  await using client = await RedisClient.connect(behind(sentinel));
  await client.publish("c", "1");
  master = after.port;
  switched.resolve(master);
  await until(() => next.includes("PING"), { what: "the new master" });
  await client.publish("c", "2");
  assert(old.includes("PUBLISH c 1"));
  assert(next.includes("PUBLISH c 2"));
});

Deno.test("a new master that one sentinel has announced counts before the others have heard of it", async () => {
  await using before = FakeServer.listen(answering([], SERVER));
  await using after = FakeServer.listen(answering([], SERVER));
  const switched = Promise.withResolvers<number>();
  const late = switching(() => before.port, () => 1, switched.promise);
  await using one = FakeServer.listen(late);
  await using other = FakeServer.listen(late);
  await using ignorant = FakeServer.listen(
    answering([], { ...SERVER, SUBSCRIBE: SUBSCRIBED, SENTINEL: "_\r\n" }),
  );
  const left = Promise.withResolvers<void>();
  const settings = resolveOptions(behind(one, other, ignorant));
  const route = new SentinelRoute(settings, settings.sentinel!, (address) => {
    if (address === `127.0.0.1:${after.port}`) left.resolve();
  });
  const { signal } = new AbortController();
  const find = async (attempt: number) => {
    const found = await route.find({ signal, attempt });
    return found.transport === "tcp" ? found.port : undefined;
  };
  try {
    assertEquals(await find(0), before.port);
    switched.resolve(after.port);
    await within(left.promise, { what: "the announcement" });
    assertEquals(await find(0), after.port);
    assertEquals(await find(0), after.port);
    // It could not be used.
    assertEquals(await find(1), before.port);
  } finally {
    route.close(new Error("closed"));
  }
});

Deno.test("an announcement counts more than an answer to an earlier question", async () => {
  const announced = Promise.withResolvers<void>();
  const gone: string[] = [];
  let questions = 0;
  let announce = () => Promise.resolve();
  await using sentinel = FakeServer.listen(async (peer) => {
    for (;;) {
      const words = await peer.next();
      if (words === undefined) return;
      if (words[0] === "SUBSCRIBE") {
        await peer.reply(SUBSCRIBED);
        announce = () => peer.reply(announcing(1, 2));
      } else if (words[1] === "GET-MASTER-ADDR-BY-NAME") {
        if (++questions === 2) {
          await announce();
          await announced.promise;
        }
        await peer.reply(bulks("127.0.0.1", "1"));
      } else if (words[0] === "SENTINEL") await peer.reply(masterAt(1, 3));
      else await peer.reply(words[0] === "HELLO" ? HELLO : "+PONG\r\n");
    }
  });
  const settings = resolveOptions(behind(sentinel));
  const route = new SentinelRoute(settings, settings.sentinel!, (address) => {
    gone.push(address);
    announced.resolve();
  });
  const { signal } = new AbortController();
  await route.find({ signal, attempt: 0 });
  await route.verify();
  route.close(new Error("closed"));
  assertEquals(gone, ["127.0.0.1:2", "127.0.0.1:2"]);
});

Deno.test("a mute sentinel is not waited for when most of the others have answered", async () => {
  const answers = sentinelOf([], () => 1);
  await using one = FakeServer.listen(answers);
  await using other = FakeServer.listen(answers);
  await using mute = FakeServer.listen(async (peer) => {
    while (await peer.next() !== undefined);
  });
  const settings = resolveOptions(behind(one, mute, other));
  const route = new SentinelRoute(settings, settings.sentinel!, () => {});
  const { signal } = new AbortController();
  try {
    await until(async () => {
      const since = performance.now();
      await route.find({ signal, attempt: 0 });
      // A mute sentinel is given up after a second.
      return performance.now() - since < 900;
    }, { what: "a find that does not wait for it" });
  } finally {
    route.close(new Error("closed"));
  }
});

/** Closes a route while it asks again; returns the milliseconds in which its questions end. */
async function closeWhileAsking(): Promise<number> {
  const cut = Promise.withResolvers<void>();
  const asked = [1, 2].map(() => Promise.withResolvers<void>());
  const ended = [1, 2].map(() => Promise.withResolvers<void>());
  let subscriptions = 0;
  const muteAfterOne = (n: number): FakeServer => {
    let questions = 0;
    return FakeServer.listen(async (peer) => {
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
            if (++questions <= 2) await peer.reply(bulks("127.0.0.1", "1"));
            else {
              asked[n]!.resolve();
              while (await peer.next() !== undefined);
              return ended[n]!.resolve();
            }
            break;
          default:
            await peer.reply("+PONG\r\n");
        }
      }
    });
  };
  await using one = muteAfterOne(0);
  await using other = muteAfterOne(1);
  const settings = resolveOptions(behind(one, other));
  const route = new SentinelRoute(settings, settings.sentinel!, () => {});
  const { signal } = new AbortController();
  await route.find({ signal, attempt: 0 });
  cut.resolve();
  await Promise.all(asked.map(({ promise }) => promise));
  const { connections } = one;
  const since = performance.now();
  route.close(new Error("closed"));
  await Promise.all(ended.map(({ promise }) => promise));
  const took = performance.now() - since;
  await delay(100);
  assertEquals(one.connections, connections);
  return took;
}

Deno.test("a client that is closed while it asks the sentinels again ends every question", async () => {
  // A question that is not ended lasts for a second.
  await until(async () => await closeWhileAsking() < 900, {
    what: "questions that end at once",
  });
});

for (const limit of ["connectTimeout", "reconnectTimeout"] as const) {
  Deno.test(`sentinels that can't be heard for longer than ${limit} are heard later`, async () => {
    let isAway = limit === "connectTimeout";
    let subscriptions = 0;
    const cut = Promise.withResolvers<void>();
    await using sentinel = FakeServer.listen(async (peer) => {
      for (;;) {
        const words = await peer.next();
        if (words === undefined) return;
        switch (words[0]) {
          case "SUBSCRIBE":
            if (isAway) return peer.close();
            await peer.reply(SUBSCRIBED);
            subscriptions++;
            await cut.promise;
            return peer.close();
          case "SENTINEL":
            await peer.reply(bulks("127.0.0.1", "1"));
            break;
          default:
            await peer.reply(words[0] === "HELLO" ? HELLO : "+PONG\r\n");
        }
      }
    });
    const settings = resolveOptions({ ...behind(sentinel), [limit]: 50 });
    const route = new SentinelRoute(settings, settings.sentinel!, () => {});
    const { signal } = new AbortController();
    await route.find({ signal, attempt: 0 });
    const before = subscriptions;
    isAway = true;
    cut.resolve();
    await delay(1_000);
    isAway = false;
    await until(() => subscriptions > before, { what: "the subscription" });
    route.close(new Error("closed"));
  });
}

Deno.test("a master that was replaced unheard is left when the client is verified", async () => {
  const next: string[] = [];
  const subscribed = {
    SUBSCRIBE: SUBSCRIBED.replace("$14\r\n+switch-master", "$1\r\nc"),
    UNSUBSCRIBE: ">3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n",
  };
  await using before = FakeServer.listen(
    answering([], { ...SERVER, ...subscribed }),
  );
  await using after = FakeServer.listen(
    answering(next, { ...SERVER, ...subscribed }),
  );
  let master = before.port;
  let epoch = 1;
  await using stale = FakeServer.listen(
    sentinelOf([], () => before.port, () => 1),
  );
  await using one = FakeServer.listen(
    sentinelOf([], () => master, () => epoch),
  );
  await using client = await RedisClient.connect(behind(stale, one));
  const links: unknown[] = [];
  await using cast = new AsyncDisposableStack();
  const subscription = await client.subscribe(["c"], {
    message: () => {},
    link: (change) =>
      links.push(change.state === "down" ? change.moved : change.state),
  });
  cast.defer(() => subscription.close());
  assertEquals(await client.verify(), true);
  assertEquals(links, []);
  master = after.port;
  epoch = 2;
  await until(async () => !await client.verify(), { what: "the new master" });
  await client.publish("c", "2");
  assert(next.includes("PUBLISH c 2"));
  await until(() => links.length > 1, { what: "the subscriptions" });
  assertEquals(links, [true, "up"]);
});

Deno.test("a master that all sentinels name counts, though its epoch is lower", async () => {
  await using before = FakeServer.listen(answering([], SERVER));
  await using after = FakeServer.listen(answering([], SERVER));
  let master = before.port;
  let epoch = 8;
  const naming = () =>
    FakeServer.listen(sentinelOf([], () => master, () => epoch));
  await using one = naming();
  await using other = naming();
  await using client = await RedisClient.connect(behind(one, other));
  await client.publish("c", "1");
  master = after.port;
  epoch = 0;
  await until(async () => !await client.verify(), { what: "the new master" });
  await client.publish("c", "2");
  assertEquals(after.connections, 1);
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

Deno.test("a node without an address is looked for at the host that was asked", async () => {
  let home = 0;
  await using server = FakeServer.listen(nodeOf([], () => home));
  home = server.port;
  const refusing = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = refusing.addr;
  refusing.close();
  // Nothing listens at the first host, by whatever port.
  await using client = await RedisClient.connect({
    ...FAST,
    url: `redis+cluster://127.0.0.3:${port},127.0.0.1:${home}`,
  });
  assertEquals(await client.publish("c", "1"), 7);
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
