/**
 * What becomes of messages that go out by a receipt, on the embedded broker.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Broker } from "../../src/broker/mod.ts";
import { RedisClient } from "../../src/redis/client.ts";
import { RedisConnectionError } from "../../src/link/errors.ts";
import type { LinkConnection } from "../../src/link/connection.ts";
import type { ReconnectingLink } from "../../src/link/reconnecting_link.ts";
import { Publisher, type PublisherOptions } from "../../src/link/publisher.ts";
import type { RoleWatch } from "../../src/link/role_watch.ts";
import { abortable } from "../../src/internal/abortable.ts";
import { Waiters } from "../../src/internal/waiters.ts";
import type { Receipt } from "../../src/transport/transport.ts";
import {
  type FakePeer,
  FakeServer,
  type Script,
} from "../support/fake_server.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { microtasks } from "../support/microtasks.ts";
import { receiptOf } from "../support/receipts.ts";
import { uncaught } from "../support/uncaught.ts";
import { until } from "../support/wait.ts";

type Link = ReconnectingLink<LinkConnection>;

/** A publisher whose parts are made up, each as far as a test uses it. */
function publisherOf(
  commands: Partial<Link>,
  { role = {}, listening = () => Promise.resolve() }: {
    role?: Partial<RoleWatch>;
    listening?: PublisherOptions["listening"];
  } = {},
): Publisher {
  return new Publisher({
    name: "the server",
    maxPayload: 1_024,
    commands: commands as Link,
    role: role as RoleWatch,
    listening,
  });
}

const FAST = { minBackoff: 5, maxBackoff: 20 };

/** Notes what a receipt is told. */
function noting(told: unknown[], then: () => void = () => {}): Receipt {
  return {
    sent(receivers) {
      told.push(receivers);
      then();
    },
    failed(error) {
      told.push((error as RedisConnectionError).outcome);
      then();
    },
  };
}

Deno.test("a receipt gets the number of receivers, as publish() does", async () => {
  await using broker = Broker.listen({ port: 0 });
  await using client = await RedisClient.connect(broker.url);
  const heard: string[] = [];
  await client.subscribe(["c"], { message: (payload) => heard.push(payload) });
  assertEquals(
    await Promise.all([
      receiptOf((receipt) => client.post("c", "1", {}, receipt)),
      client.publish("c", "2"),
      receiptOf((receipt) => client.post("nobody", "3", {}, receipt)),
    ]),
    [1, 1, 0],
  );
  await until(() => heard.length === 2, { what: "both messages" });
});

Deno.test("a receipt that throws costs neither the other messages nor the link anything", async () => {
  using caught = uncaught();
  await using broker = Broker.listen({ port: 0 });
  await using proxy = await FaultProxy.start(broker);
  await using client = await RedisClient.connect({ ...FAST, url: proxy.url });
  const error = new Error("the caller's own");
  const told: unknown[] = [];
  const throwing = () => {
    throw error;
  };
  client.post("c", "1", {}, noting(told, throwing));
  assertEquals(await client.publish("c", "2"), 0);
  assertEquals([told.splice(0), caught.errors.splice(0)], [[0], [error]]);

  client.post("c", "3", {}, noting(told, throwing));
  client.post("c", "4", {}, noting(told));
  const last = assertRejects(
    () => client.publish("c", "5"),
    RedisConnectionError,
  );
  proxy.refuse();
  proxy.cut();
  await last;
  assertEquals(told.length, 2);
  assertEquals(caught.errors.splice(0), [error]);
  await proxy.heal();
  assertEquals(await client.publish("c", "6"), 0);
});

/** Lets there be no memory for a text, while it lasts. */
function scarce(text: string, error: Error): Disposable {
  const { encodeInto } = TextEncoder.prototype;
  TextEncoder.prototype.encodeInto = function (source, into) {
    if (source === text) throw error;
    return encodeInto.call(this, source, into);
  };
  return {
    [Symbol.dispose]() {
      TextEncoder.prototype.encodeInto = encodeInto;
    },
  };
}

Deno.test("a message for which there is no memory fails alone, be the link up or not yet", async () => {
  const error = new RangeError("Invalid string length");
  const text = "x".repeat(1_000);
  using _scarce = scarce(text, error);
  await using broker = Broker.listen({ port: 0 });
  await using proxy = await FaultProxy.start(broker);
  await using client = await RedisClient.connect({ ...FAST, url: proxy.url });
  const publishAll = () =>
    Promise.allSettled(["1", text, "2"].map((m) => client.publish("c", m)));
  const expected = [
    { status: "fulfilled", value: 0 },
    { status: "rejected", reason: error },
    { status: "fulfilled", value: 0 },
  ];
  assertEquals(await publishAll(), expected);
  proxy.refuse();
  proxy.cut();
  // Until it has noticed that.
  await assertRejects(async () => {
    for (;;) await client.publish("c", "0", { timeout: 0 });
  });
  const waiting = publishAll();
  await proxy.heal();
  assertEquals(await waiting, expected);
});

Deno.test("a withdrawn message does not go out when the link is back, and its outcome is not-sent", async () => {
  await using broker = Broker.listen({ port: 0 });
  await using proxy = await FaultProxy.start(broker);
  await using client = await RedisClient.connect({ ...FAST, url: proxy.url });
  proxy.refuse();
  proxy.cut();
  // Until it has noticed that.
  await assertRejects(async () => {
    for (;;) await client.publish("c", "0", { timeout: 0 });
  });
  const told: unknown[] = [];
  const over = new AbortController();
  client.post("c", "1", {}, { ...noting(told), over: over.signal });
  const reason = new Error("the caller's own");
  const abort = new AbortController();
  const mine = client.publish("c", "2", { signal: abort.signal });
  over.abort();
  abort.abort(reason);
  assertEquals(await assertRejects(() => mine), reason);
  assertEquals(told, ["not-sent"]);
  const heard: string[] = [];
  const subscribing = client.subscribe(["c"], {
    message: (payload) => heard.push(payload),
  });
  const last = client.publish("c", "3");
  await proxy.heal();
  await Promise.all([subscribing, last]);
  await client.publish("c", "4");
  await until(() => heard.includes("4"), { what: "the last message" });
  assert(!heard.includes("1") && !heard.includes("2"), String(heard));
});

Deno.test("a message that is withdrawn at the moment the link comes up does not go out", async () => {
  const up = Promise.withResolvers<LinkConnection>();
  const published: string[] = [];
  const connection = {
    publish: (_channel, payload) => published.push(payload),
  } as Partial<LinkConnection> as LinkConnection;
  const publisher = publisherOf({ whenUp: () => up.promise });
  const told: unknown[] = [];
  const over = new AbortController();
  publisher.post("c", "1", {}, { ...noting(told), over: over.signal });
  publisher.post("c", "2", {}, noting(told));
  up.resolve(connection);
  over.abort();
  await microtasks();
  assertEquals([published, told], [["2"], ["not-sent"]]);
});

Deno.test("a message that has reached a server is not called unsent, even if it was withdrawn before it went out once more", async () => {
  const { promise } = Promise.withResolvers<LinkConnection>();
  const connection = {
    publish: (_channel, _payload, command) => command.take(0),
  } as Partial<LinkConnection> as LinkConnection;
  const publisher = publisherOf({ current: connection }, {
    role: { verify: () => Promise.resolve(false) },
    listening: (_timeout, signal) => abortable(promise, signal),
  });
  const told: unknown[] = [];
  const over = new AbortController();
  publisher.post("c", "1", {}, { ...noting(told), over: over.signal });
  await microtasks();
  over.abort();
  await microtasks();
  assertEquals(told, [undefined]);
});

Deno.test("a message that waits for the link in vain fails with the reason, whether its own signal or the caller's withdraws it", async () => {
  const link = new Waiters<LinkConnection>();
  const late = new Error("too late");
  const publisher = publisherOf({
    whenUp: (timeout, signal) => link.wait(timeout, signal, () => late),
  });
  const told: unknown[] = [];
  const noting = (over?: AbortSignal): Receipt => ({
    over,
    sent: () => {},
    failed: (error) => told.push((error as Error).message),
  });
  const { signal: never } = new AbortController();
  const abort = new AbortController();
  const reason = new Error("the caller's own");
  publisher.post("c", "1", { timeout: 0, signal: never }, noting(never));
  publisher.post("c", "2", { signal: never }, noting(abort.signal));
  publisher.post("c", "3", { signal: abort.signal }, noting());
  abort.abort(reason);
  await until(() => told.length === 3, { what: "all three" });
  assertEquals(told.toSorted(), [
    `Did not publish on "c" at ${publisher.name} as it was withdrawn before`,
    reason.message,
    late.message,
  ]);
});

/** Longer than a server that was a master is taken for one. */
const aWhile = () => new Promise((done) => setTimeout(done, 80));

async function publishedToNobody(peer: FakePeer): Promise<void> {
  await peer.greet();
  await peer.expect("PUBLISH", "c", "x");
  await aWhile();
  await peer.reply(":0\r\n");
}

/** Tells nobody's message, and then that it is a replica now. */
const demoted: Script = async (peer) => {
  await publishedToNobody(peer);
  await peer.expect("ROLE");
  await peer.reply(
    "*5\r\n+slave\r\n+10.0.0.1\r\n:6379\r\n+connected\r\n:0\r\n",
  );
  await peer.expectEnd();
};

Deno.test("a message without receivers, because its server has become a replica, goes out once more and not again", async () => {
  await using server = FakeServer.listen(demoted, async (peer) => {
    await publishedToNobody(peer);
    await peer.expectEnd();
  });
  await using client = await RedisClient.connect({ ...FAST, url: server.url });
  const told: unknown[] = [];
  client.post("c", "x", {}, {
    ...noting(told),
    again: () => told.push("again"),
  });
  await until(() => told.length === 2, { what: "the receipt" });
  assertEquals(told, ["again", 0]);
  assertEquals(server.connections, 2);
});

Deno.test("a message that has reached a replica and can't go out once more has an unknown outcome", async () => {
  const late = new RedisConnectionError("the link stays down");
  const connection: Partial<LinkConnection> = {
    publish: (_channel, _payload, command) => command.take(0),
  };
  const publisher = publisherOf({
    current: connection as LinkConnection,
    whenUp: () => Promise.reject(late),
  }, { role: { verify: () => Promise.resolve(false) } });
  const told: unknown[] = [];
  publisher.post("c", "1", {}, noting(told));
  await microtasks();
  assertEquals(told, ["unknown"]);
});

Deno.test("a message that is posted at the moment the link comes up goes out after the messages that have waited", async () => {
  const up = Promise.withResolvers<LinkConnection>();
  const published: string[] = [];
  const parts: Partial<LinkConnection> = {
    publish: (_channel, payload) => published.push(payload),
  };
  const connection = parts as LinkConnection;
  const link: { current: LinkConnection | undefined; whenUp: Link["whenUp"] } =
    { current: undefined, whenUp: () => up.promise };
  const publisher = publisherOf(link);
  publisher.post("c", "1", {}, noting([]));
  link.current = connection;
  up.resolve(connection);
  publisher.post("c", "2", {}, noting([]));
  await microtasks();
  assertEquals(published, ["1", "2"]);
});

Deno.test("a message does not go out once more before its answers can arrive", async () => {
  const subscribed = ">3\r\n+subscribe\r\n+c\r\n:1\r\n";
  const order: string[] = [];
  await using server = FakeServer.listen(demoted, async (peer) => {
    await peer.greet();
    await peer.expect("SUBSCRIBE", "c");
    await peer.reply(subscribed);
    await peer.expectEnd();
  }, async (peer) => { // both links, in any order
    await peer.greet();
    const command = await peer.next();
    if (command![0] === "SUBSCRIBE") await aWhile();
    order.push(command![0]!);
    await peer.reply(command![0] === "SUBSCRIBE" ? subscribed : ":1\r\n");
    await peer.expectEnd();
  });
  await using client = await RedisClient.connect({ ...FAST, url: server.url });
  await client.subscribe(["c"], { message: () => {} });
  assertEquals(await client.publish("c", "x"), 1);
  assertEquals(order, ["SUBSCRIBE", "PUBLISH"]);
});

Deno.test("a message that is too long was not sent, and says so", async () => {
  await using broker = Broker.listen({ port: 0 });
  await using client = await RedisClient.connect({
    url: broker.url,
    maxPayload: 1_024,
  });
  const told: unknown[] = [];
  client.post("c", "x".repeat(1_025), {}, noting(told));
  assertEquals(told, ["not-sent"]);
});
