import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient } from "../../src/redis/client.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "../../src/link/errors.ts";
import type { LinkChange, Sink } from "../../src/transport/transport.ts";
import { Inbox } from "../support/inbox.ts";
import { leastPrivilegeUser } from "../support/redis_acl.ts";
import type { RedisOptions } from "../../src/redis/options.ts";
import { certificates, needsOpenssl } from "../support/certificates.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until, within } from "../support/wait.ts";

const redis = needsRedis("the client against a Redis server is");

/** A sink that keeps its messages and changes. */
class Told implements Sink {
  readonly messages = new Inbox<string>();
  readonly changes = new Inbox<LinkChange["state"]>();
  readonly unread = new Inbox<string>();

  message(payload: string): void {
    this.messages.put(payload);
  }
  unreadable(reason: string): void {
    this.unread.put(reason);
  }
  link({ state }: LinkChange): void {
    this.changes.put(state);
  }
  next(): Promise<string> {
    return this.messages.take({ what: "a message" });
  }
  change(): Promise<string> {
    return this.changes.take({ what: "a change of the link" });
  }
}

async function subscribers(server: RedisServer, name: string): Promise<string> {
  return (await server.cli("PUBSUB", "NUMSUB", name)).split("\n")[1]!;
}

for (const protocol of [2, 3] as const) {
  Deno.test(
    `RESP${protocol}: messages reach every subscriber of a channel until it leaves`,
    redis,
    async () => {
      await using server = await RedisServer.start();
      await using client = await RedisClient.connect({
        url: server.url,
        protocol,
      });
      const [one, other] = [new Told(), new Told()];
      const first = await client.subscribe(["a", "b"], one);
      const second = await client.subscribe(["a"], other);
      assertEquals(await client.publish("a", "message"), 1);
      assertEquals(
        [await one.next(), await other.next()],
        ["message", "message"],
      );
      await first.close();
      assertEquals(await subscribers(server, "a"), "1");
      assertEquals(await subscribers(server, "b"), "0");
      await client.publish("a", "é😀");
      assertEquals(await other.next(), "é😀");
      assertEquals(one.messages.size, 0);
      await second.close();
      assertEquals(await client.publish("a", "nobody"), 0);
      const third = await client.subscribe(["a"], one);
      await client.publish("a", "back");
      assertEquals(await one.next(), "back");
      await third.close();
    },
  );

  Deno.test(
    `RESP${protocol}: a killed subscriber comes back, confirmed before it is told`,
    redis,
    async () => {
      await using server = await RedisServer.start();
      await using client = await RedisClient.connect({
        url: server.url,
        protocol,
      });
      const told = new Told();
      await client.subscribe(["a", "b"], told);
      for (let round = 0; round < 3; round++) {
        await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
        assertEquals(await told.change(), "down");
        assertEquals(await told.change(), "up");
        assertEquals(await subscribers(server, "a"), "1");
        assertEquals(await client.publish("b", String(round)), 1);
        assertEquals(await told.next(), String(round));
      }
      await client.close();
      assertEquals(await told.change(), "closed");
    },
  );
}

Deno.test(
  "killed connections for commands are remade, and subscriptions are not touched",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using client = await RedisClient.connect(server.url);
    const told = new Told();
    await client.subscribe(["a"], told);
    const id = String(await client.send("CLIENT", "ID"));
    await server.cli("CLIENT", "KILL", "ID", id);
    await until(
      () => client.publish("a", "1").catch(() => 0),
      { what: "the link to come back" },
    );
    assertEquals(await told.next(), "1");
    assertEquals(told.changes.size, 0);
    assert(String(await client.send("CLIENT", "ID")) !== id);
  },
);

Deno.test("any command can be sent, many at once", redis, async () => {
  await using server = await RedisServer.start();
  await using client = await RedisClient.connect(server.url);
  const numbers = Array.from({ length: 5_000 }, (_, n) => String(n));
  assertEquals(
    await Promise.all(numbers.map((n) => client.send("ECHO", n))),
    numbers,
  );
  await assertRejects(() => client.send("NO-SUCH", "x"), RedisReplyError);
  assertEquals(await client.send("PING"), "PONG");
});

Deno.test(
  "the longest message that may be sent by default is one a default Redis delivers",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using client = await RedisClient.connect(server.url);
    const told = new Told();
    await client.subscribe(["a"], told);
    const longest = "x".repeat(16 * 1_024 * 1_024);
    assertEquals(await client.publish("a", longest), 1);
    assertEquals((await told.next()).length, longest.length);
    await assertRejects(() => client.publish("a", `${longest}x`), RangeError);
    await client.publish("a", "next");
    assertEquals(await told.next(), "next");
    assertEquals(told.changes.size, 0);
  },
);

Deno.test(
  "a message over the limit is reported unreadable, and the next one arrives",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using client = await RedisClient.connect({
      url: server.url,
      maxPayload: 1_024,
    });
    const told = new Told();
    await client.subscribe(["a"], told);
    await server.cli("PUBLISH", "a", "x".repeat(100_000));
    await client.publish("a", "next");
    assertEquals(await told.next(), "next");
    assertEquals(told.unread.size, 1);
    assertEquals(told.changes.size, 0);
  },
);

Deno.test(
  "a wrong password and a missing one are told apart from a server that is away",
  redis,
  async () => {
    await using server = await RedisServer.start({ password: "right" });
    const { hostname, port } = server;
    for (const password of ["hunter2", undefined]) {
      const options = {
        hostname,
        port,
        connectTimeout: Infinity,
        ...(password === undefined ? {} : { password }),
      };
      const error = await within(
        assertRejects(() => RedisClient.connect(options), RedisAuthError),
        { what: "the refusal" },
      );
      assert(!Deno.inspect(error).includes("hunter2"));
    }
    await using client = await RedisClient.connect(server.url);
    assertEquals(await client.send("PING"), "PONG");
  },
);

Deno.test(
  "a user with the least privileges can use signals, and errors name what it may not do",
  redis,
  async () => {
    await using server = await RedisServer.start({
      acl: [leastPrivilegeUser("least", "secret")],
    });
    await using client = await RedisClient.connect({
      url: server.urlAs("least", "secret"),
      clientName: "tests",
    });
    const told = new Told();
    await client.subscribe(["event-signal-pubsub"], told);
    await assertRejects(
      () => client.subscribe(["event-signal-response", "elsewhere"], told),
      RedisPermissionError,
      '"elsewhere"',
    );
    await assertRejects(
      () => client.publish("elsewhere", "x"),
      RedisPermissionError,
      'publish on "elsewhere"',
    );
    await client.publish("event-signal-pubsub", "still there");
    assertEquals(await told.next(), "still there");
  },
);

Deno.test(
  "closing while the server is away ends everything that waits",
  redis,
  async () => {
    await using server = await RedisServer.start();
    const client = await RedisClient.connect(server.url);
    const told = new Told();
    await client.subscribe(["a"], told);
    await server.kill();
    assertEquals(await told.change(), "down");
    const waiting = [
      client.subscribe(["b"], told),
      client.send("PING"),
      client.publish("a", "x", { timeout: Infinity }),
    ].map((promise) => assertRejects(() => promise, RedisConnectionError));
    await within(client.close(), { what: "the client to close" });
    await within(Promise.all(waiting), { what: "everybody to be told" });
    assertEquals(await told.change(), "closed");
  },
);

Deno.test(
  "a server that comes back finds its subscribers again",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using client = await RedisClient.connect(server.url);
    const told = new Told();
    await client.subscribe(["a"], told);
    await server.kill();
    assertEquals(await told.change(), "down");
    const later = client.subscribe(["b"], told);
    await server.restart();
    assertEquals(await told.change(), "up");
    await within(later, { what: "the second subscription" });
    await until(
      () => client.publish("b", "again").catch(() => 0),
      { what: "the link for commands to come back" },
    );
    assertEquals(await told.next(), "again");
  },
);

Deno.test(
  "subscribing and leaving at random moments of reconnects ends with what was wanted",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using client = await RedisClient.connect({
      url: server.url,
      minBackoff: 1,
      maxBackoff: 10,
    });
    const kept = new Told();
    await client.subscribe(["kept"], kept);
    for (let round = 0; round < 20; round++) {
      const coming = client.subscribe(["fleeting"], new Told());
      await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
      const subscription = await within(coming, { what: "the subscription" });
      const leaving = subscription.close();
      if (round % 2 === 0) await server.cli("CLIENT", "KILL", "TYPE", "pubsub");
      await within(leaving, { what: "leaving" });
    }
    await until(
      async () => await subscribers(server, "kept") === "1",
      { what: "the kept subscription to be there" },
    );
    assertEquals(await subscribers(server, "fleeting"), "0");
  },
);

Deno.test(
  "a sentinel is recognised at once, whether HELLO was sent or not",
  redis,
  async () => {
    await using server = await RedisServer.start();
    await using sentinel = await RedisServer.start({ sentinelOf: server });
    const began = performance.now();
    for (const protocol of [2, 3] as const) {
      const error = await assertRejects(
        () => RedisClient.connect({ url: sentinel.url, protocol }),
        RedisRoleError,
        "it is a sentinel",
      );
      assertEquals(error.role, "sentinel");
    }
    assert(performance.now() - began < 5_000);
  },
);

Deno.test(
  "the nodes of a cluster say that they are one, and a single server that it is not",
  redis,
  async () => {
    const modes = [];
    for (const args of [[], ["--cluster-enabled", "yes"]]) {
      await using server = await RedisServer.start({ args });
      await using client = await RedisClient.connect(server.url);
      modes.push(client.mode);
    }
    assertEquals(modes, ["standalone", "cluster"]);
  },
);

Deno.test(
  "an error of a client that mixes up TLS and plain text names the right scheme",
  needsOpenssl("Mixed up TLS is"),
  async () => {
    const { authority } = await certificates();
    await using plain = await RedisServer.start();
    await using secure = await RedisServer.start({ tls: true });
    const tls = { caCerts: [authority.cert] };
    const mixed: [RedisOptions, string][] = [
      [
        { url: `redis://127.0.0.1:${secure.port}` },
        "if the server speaks TLS, use rediss://",
      ],
      [
        { url: `rediss://127.0.0.1:${plain.port}`, tls },
        "if the server speaks no TLS, use redis://",
      ],
    ];
    for (const [options, hint] of mixed) {
      await assertRejects(
        () => RedisClient.connect({ ...options, connectTimeout: 300 }),
        RedisConnectionError,
        hint,
      );
    }
  },
);

Deno.test(
  "an authority that is not known is not tried again",
  needsOpenssl("Unknown authorities are"),
  async () => {
    await using server = await RedisServer.start({ tls: true });
    const { client: { cert, key } } = await certificates();
    for (const tls of [true, { cert, key }]) {
      const began = performance.now();
      await assertRejects(
        () => RedisClient.connect({ url: server.url, tls }),
        RedisConnectionError,
        "certificate",
      );
      assert(performance.now() - began < 10_000);
    }
  },
);
