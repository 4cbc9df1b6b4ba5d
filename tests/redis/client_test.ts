import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient } from "../../src/redis/client.ts";
import {
  RedisConnectionError,
  RedisPermissionError,
} from "../../src/link/errors.ts";
import type { RedisOptions } from "../../src/redis/options.ts";
import { FakeServer, type Script } from "../support/fake_server.ts";
import { until, within } from "../support/wait.ts";

const sink = { message: () => {} };

function connect(
  server: FakeServer,
  options: RedisOptions = {},
): Promise<RedisClient> {
  return RedisClient.connect({
    url: server.url,
    minBackoff: 5,
    maxBackoff: 20,
    ...options,
  });
}

/** Greets and stays until the client has hung up. */
const serve: Script = async (peer) => {
  await peer.greet();
  await peer.expectEnd();
};

function confirmation(kind: string, channel: string): string {
  return `>3\r\n+${kind}\r\n+${channel}\r\n:1\r\n`;
}

Deno.test("subscriptions have a connection of their own, opened when first needed", async () => {
  await using server = FakeServer.listen(serve, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a", "b");
    await peer.reply(
      confirmation("subscribe", "a") + confirmation("subscribe", "b"),
    );
    await peer.expect("UNSUBSCRIBE", "a", "b");
    await peer.reply(
      confirmation("unsubscribe", "a") + confirmation("unsubscribe", "b"),
    );
    await peer.expectEnd();
  });
  await using client = await connect(server);
  assertEquals(server.connections, 1);
  const subscription = await client.subscribe(["a", "b", "a"], sink);
  assertEquals(server.connections, 2);
  await subscription.close();
  await subscription.close();
});

Deno.test("a reply that a proxy spoils on the second connection is tried again, because the first one was to a Redis", async () => {
  await using server = FakeServer.listen(serve, async (peer) => {
    await peer.next();
    await peer.reply("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    await peer.expectEnd();
  }, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a");
    await peer.reply(confirmation("subscribe", "a"));
    await peer.expect("UNSUBSCRIBE", "a");
    await peer.reply(confirmation("unsubscribe", "a"));
    await peer.expectEnd();
  });
  await using client = await connect(server);
  const subscription = await client.subscribe(["a"], sink);
  assertEquals(server.connections, 3);
  await subscription.close();
});

Deno.test("a forbidden channel costs the others nothing, not even at the first subscribe", async () => {
  await using server = FakeServer.listen(serve, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a");
    await peer.expect("SUBSCRIBE", "forbidden");
    await peer.reply(
      confirmation("subscribe", "a") + "-NOPERM not there\r\n",
    );
    await peer.expect("UNSUBSCRIBE", "forbidden");
    await peer.reply(confirmation("unsubscribe", "forbidden"));
    await peer.expectEnd();
  });
  await using client = await connect(server);
  await Promise.all([
    client.subscribe(["a"], sink),
    assertRejects(
      () => client.subscribe(["forbidden"], sink),
      RedisPermissionError,
      '"forbidden"',
    ),
  ]);
});

Deno.test("a channel that is left during a resubscription is left at the server too", async () => {
  const resubscribing = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  await using server = FakeServer.listen(serve, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a");
    await peer.reply(confirmation("subscribe", "a"));
    await cut.promise;
    peer.close();
  }, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a");
    resubscribing.resolve();
    await peer.expect("UNSUBSCRIBE", "a");
    await peer.reply(
      confirmation("subscribe", "a") + confirmation("unsubscribe", "a"),
    );
    await peer.expectEnd();
  });
  await using client = await connect(server);
  const subscription = await client.subscribe(["a"], sink);
  cut.resolve();
  await resubscribing.promise;
  await within(subscription.close(), { what: "the subscription to close" });
});

Deno.test("closing ends a subscribe that waits for its confirmation", async () => {
  await using server = FakeServer.listen(serve, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "a");
    await peer.expectEnd();
  });
  const client = await connect(server);
  const subscribing = assertRejects(
    () => client.subscribe(["a"], sink),
    RedisConnectionError,
  );
  await until(() => server.connections === 2, { what: "the subscriber" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await client.close();
  await subscribing;
});

Deno.test("a message over the limit is refused, and the link lives on", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.greet();
    await peer.expect("PUBLISH", "a", "é".repeat(512));
    await peer.reply(":1\r\n");
    await peer.expectEnd();
  });
  await using client = await connect(server, { maxPayload: 1_024 });
  await assertRejects(
    () => client.publish("a", "é".repeat(513)),
    RangeError,
    "at most 1024 bytes: it has 1026",
  );
  assertEquals(await client.publish("a", "é".repeat(512)), 1);
});

Deno.test("a message that was withdrawn before it was sent is not sent", async () => {
  await using server = FakeServer.listen(serve);
  await using client = await connect(server);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => client.publish("a", "x", { signal })),
    reason,
  );
});

for (
  const [what, call] of [
    ["a channel", (client) => client.publish(undefined as never, "x")],
    ["a payload", (client) => client.publish("a", 1 as never)],
    ["channels", (client) => client.subscribe([1 as never], sink)],
    ["words", (client) => client.send("GET", 1 as never)],
    ["no command", (client) => client.send()],
    ["a SUBSCRIBE", (client) => client.send("subscribe", "a")],
  ] as readonly [string, (client: RedisClient) => Promise<unknown>][]
) {
  Deno.test(`${what} that can't be sent is a TypeError, and nothing is sent`, async () => {
    await using server = FakeServer.listen(serve);
    await using client = await connect(server);
    await assertRejects(() => call(client), TypeError);
  });
}

Deno.test("after closing everything is refused", async () => {
  await using server = FakeServer.listen(serve);
  const client = await connect(server);
  await Promise.all([client.close(), client.close()]);
  await client[Symbol.asyncDispose]();
  for (
    const call of [
      () => client.publish("a", "x"),
      () => client.subscribe(["a"], sink),
      () => client.send("PING"),
    ]
  ) {
    const error = await assertRejects(call, RedisConnectionError, "is closed");
    assertEquals(error.outcome, "not-sent");
  }
});

Deno.test("a password shows neither in the client nor in its errors", async () => {
  const url = "redis://me:hunter2@127.0.0.1:1/0";
  const error = await assertRejects(() =>
    RedisClient.connect({ url, connectTimeout: 0 })
  );
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    assert(!`${each.stack}${Deno.inspect(each)}`.includes("hunter2"));
  }
  await using server = FakeServer.listen(async (peer) => {
    await peer.expect("HELLO", "3", "AUTH", "me", "hunter2");
    await peer.reply("+OK\r\n");
    await peer.expect("PING");
    await peer.reply("+PONG\r\n");
    await peer.expectEnd();
  });
  await using client = await connect(server, {
    username: "me",
    password: "hunter2",
  });
  assert(
    !Deno.inspect(client, { depth: 10, showProxy: true })
      .includes("hunter2"),
  );
  assert(!JSON.stringify(client).includes("hunter2"));
});

Deno.test("a server of a new connection counts as a master even if a message reaches no subscriber", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.greet();
    await peer.expect("PUBLISH", "a", "x");
    await peer.reply(":0\r\n");
    await peer.expectEnd(); // and no ROLE before
  });
  await using client = await connect(server);
  assertEquals(await client.publish("a", "x"), 0);
});

Deno.test("a server that refuses connections is tried until connectTimeout is over, and no longer", async () => {
  const server = FakeServer.listen(serve);
  const { url } = server;
  await server[Symbol.asyncDispose]();
  const begin = performance.now();
  await assertRejects(
    () => RedisClient.connect({ url, connectTimeout: 700 }),
    RedisConnectionError,
  );
  const elapsed = performance.now() - begin;
  assert(elapsed >= 690, `it gave up after ${elapsed} ms`);
  assert(elapsed < 5_000, `it gave up after ${elapsed} ms`);
});
