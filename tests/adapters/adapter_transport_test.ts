import { assert, assertEquals, assertRejects } from "@std/assert";
import { adapterTransport } from "../../src/adapters/adapter_transport.ts";
import type { RedisConnectionError } from "../../src/link/errors.ts";
import type { LinkTransport } from "../../src/link/link_transport.ts";
import type { LinkOptions } from "../../src/link/options.ts";
import { microtasks } from "../support/microtasks.ts";
import { stillPending } from "../support/still_pending.ts";
import { until } from "../support/wait.ts";
import { failureOf, Listener } from "./adapter_stage.ts";
import { FakeClientSource, MASTER, silence } from "./fake_client_source.ts";

const FAST = { minBackoff: 1, maxBackoff: 5 };

function over(
  source: FakeClientSource,
  options: LinkOptions = {},
): LinkTransport {
  return adapterTransport(source, { ...FAST, ...options });
}

Deno.test("publishing and subscribing have a connection each", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["news", "news", "sport"], listener);
  assertEquals(await transport.publish("news", "hello"), 1);
  const [subscriber, publisher] = source.duplicates;
  assertEquals(subscriber!.told.at(-1), "SUBSCRIBE news sport");
  assertEquals(publisher!.told.at(-1), "PUBLISH news hello");
});

Deno.test("a subscription counts when the server has confirmed it", async () => {
  const source = new FakeClientSource();
  const confirmed = Promise.withResolvers<void>();
  source.reply = (command) =>
    command === "SUBSCRIBE" ? confirmed.promise : MASTER(command);
  await using transport = over(source);
  const listener = new Listener();
  const subscribing = transport.subscribe(["news"], listener);
  assert(await stillPending(subscribing));
  source.newest.message("news", "early");
  confirmed.resolve();
  await subscribing;
  source.newest.message("news", "later");
  assertEquals(listener.messages, ["early", "later"]);
});

Deno.test("the server is asked once for a channel, however many listen", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const [one, other] = [new Listener(), new Listener()];
  const first = await transport.subscribe(["news"], one);
  const second = await transport.subscribe(["news"], other);
  source.newest.message("news", "1");
  await first.close();
  await first.close();
  source.newest.message("news", "2");
  await second.close();
  assertEquals([one.messages, other.messages], [["1"], ["1", "2"]]);
  assertEquals(source.newest.told.slice(3), [
    "SUBSCRIBE news",
    "UNSUBSCRIBE news",
  ]);
});

Deno.test("channels are subscribed to again before the link is reported to be up", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const gone = await transport.subscribe(["gossip"], new Listener());
  await gone.close();
  const confirmed = Promise.withResolvers<void>();
  source.reply = (command) =>
    command === "SUBSCRIBE" ? confirmed.promise : MASTER(command);
  source.newest.lose();
  await until(() => source.duplicates[1]?.told.includes("SUBSCRIBE news"), {
    what: "the subscription to be repeated",
  });
  assertEquals(listener.changes.map(({ state }) => state), ["down"]);
  confirmed.resolve();
  await listener.changed("up");
  source.newest.message("news", "again");
  assertEquals(listener.messages, ["again"]);
});

Deno.test("a subscription that is cut in the middle goes on on the next connection", async () => {
  const source = new FakeClientSource();
  source.reply = (command) =>
    command === "SUBSCRIBE" ? silence() : MASTER(command);
  await using transport = over(source);
  const subscribing = transport.subscribe(["news"], new Listener());
  await until(() => source.newest?.told.includes("SUBSCRIBE news"), {
    what: "the subscription to be asked for",
  });
  source.reply = MASTER;
  source.newest.lose();
  await subscribing;
  assertEquals(source.duplicates.length, 2);
  assertEquals(source.newest.told.at(-1), "SUBSCRIBE news");
});

Deno.test("a sink that leaves while the link is remade is unsubscribed on the new connection", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const subscription = await transport.subscribe(["news"], new Listener());
  const confirmed = Promise.withResolvers<void>();
  source.reply = (command) =>
    command === "SUBSCRIBE" ? confirmed.promise : MASTER(command);
  source.newest.lose();
  await until(() => source.duplicates[1]?.told.includes("SUBSCRIBE news"), {
    what: "the subscription to be repeated",
  });
  await subscription.close();
  assertEquals(source.newest.told.at(-1), "UNSUBSCRIBE news");
  confirmed.resolve();
});

Deno.test("a refused channel is refused, and the others stay", async () => {
  const source = new FakeClientSource();
  source.reply = (command, channel) =>
    command === "SUBSCRIBE" && channel === "gossip"
      ? new Error("NOPERM no gossip")
      : MASTER(command);
  await using transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const refused = await failureOf(transport.subscribe(["gossip"], listener));
  assertEquals(refused.code, "NOPERM");
  source.newest.lose();
  await listener.changed("up");
  assertEquals(source.newest.told.at(-1), "SUBSCRIBE news");
});

Deno.test("a message that is not UTF-8 is reported, and a byte order mark is kept", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["nöws"], listener);
  source.newest.message("nöws", new Uint8Array([0xff, 0xfe]));
  source.newest.message("nöws", "\ufeffhé");
  assertEquals(listener.unread, ["it is not valid UTF-8"]);
  assertEquals(listener.messages, ["\ufeffhé"]);
});

Deno.test("a message without receivers goes out once more if the server was a replica", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  await transport.publish("news", "1");
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  const [publisher] = source.duplicates;
  let role = "slave";
  source.reply = (command) => {
    if (command === "ROLE") return [role];
    return command === "PUBLISH" && role === "slave" ? 0 : MASTER(command);
  };
  // Longer than a server that was a master is taken for one.
  await new Promise((resolve) => setTimeout(resolve, 80));
  const told: unknown[] = [];
  transport.post("news", "2", {}, {
    sent: (receivers) => told.push(receivers),
    again: () => told.push("again"),
    failed: (error) => told.push(error),
  });
  await until(() => publisher!.told.includes("destroy"), {
    what: "the replica to be left",
  });
  role = "master";
  await until(() => told.length === 2, { what: "the receipt" });
  assertEquals(told, ["again", 1]);
  await listener.changed("up");
  assertEquals(await transport.verify(), true);
});

Deno.test("a count of 0 in a cluster is no reason to send again", async () => {
  const source = new FakeClientSource({ mode: "cluster" });
  source.reply = (command) => command === "PUBLISH" ? 0 : MASTER(command);
  await using transport = over(source);
  assertEquals(await transport.publish("news", "1"), 0);
  assertEquals(source.newest.told, ["CONNECT", "PING", "PUBLISH news 1"]);
});

Deno.test("a message is withdrawn as long as it waits for a link", async () => {
  const source = new FakeClientSource();
  source.reply = silence;
  await using transport = over(source);
  const abort = new AbortController();
  const { signal } = abort;
  const publishing = failureOf(transport.publish("news", "1", { signal }));
  abort.abort(new Error("changed my mind"));
  assertEquals((await publishing).message, "changed my mind");
  const aborted = failureOf(transport.publish("news", "2", { signal }));
  assertEquals((await aborted).message, "changed my mind");
  source.reply = MASTER;
  assert(!source.newest.told.some((each) => each.startsWith("PUBLISH")));
});

Deno.test("a message that is withdrawn at the moment the link comes up is not sent", async () => {
  const source = new FakeClientSource();
  const connecting = Promise.withResolvers<void>();
  const abort = new AbortController();
  const reply = source.reply;
  source.reply = (command, ...args) => {
    if (args[1] === "first") abort.abort(new Error("enough"));
    return command === "CONNECT" ? connecting.promise : reply(command, ...args);
  };
  await using transport = adapterTransport(source, {});
  const first = transport.publish("c", "first");
  const withdrawn = assertRejects(
    () => transport.publish("c", "second", { signal: abort.signal }),
    Error,
    "enough",
  );
  connecting.resolve();
  await Promise.all([first, withdrawn]);
  const published = source.newest.told.filter((each) =>
    each.startsWith("PUBLISH")
  );
  assertEquals(published, ["PUBLISH c first"]);
});

Deno.test("a message that is published at the moment the link comes up goes out after the messages that have waited", async () => {
  const source = new FakeClientSource();
  const connecting = Promise.withResolvers<void>();
  let second: Promise<number> | undefined;
  source.reply = (command, ...args) => {
    if (command === "CONNECT") return connecting.promise;
    // By now the link is up, and others wait for their turn to be sent.
    if (args[1] === "1") second = transport.publish("c", "3");
    return MASTER(command);
  };
  await using transport = over(source);
  const first = [transport.publish("c", "1"), transport.publish("c", "2")];
  connecting.resolve();
  await Promise.all(first);
  await second;
  const published = source.newest.told.filter((each) =>
    each.startsWith("PUBLISH")
  );
  assertEquals(published, ["PUBLISH c 1", "PUBLISH c 2", "PUBLISH c 3"]);
});

Deno.test("a withdrawn publish says whether the message was sent", async () => {
  const source = new FakeClientSource();
  const connecting = Promise.withResolvers<void>();
  source.reply = (command) =>
    command === "CONNECT"
      ? connecting.promise
      : command === "PUBLISH"
      ? new Promise(() => {})
      : MASTER(command);
  await using transport = over(source);
  const told: unknown[] = [];
  const post = (payload: string) => {
    const abort = new AbortController();
    transport.post("news", payload, {}, {
      over: abort.signal,
      sent: (receivers) => told.push(receivers),
      failed: (error) => told.push((error as RedisConnectionError).outcome),
    });
    return abort;
  };
  post("1").abort();
  const second = post("2");
  await microtasks();
  assertEquals(told.splice(0), ["not-sent"]);
  connecting.resolve();
  await until(() => source.newest.told.at(-1) === "PUBLISH news 2", {
    what: "the second to be sent",
  });
  second.abort();
  await transport.close();
  await until(() => told.length > 0, { what: "what became of the second" });
  assertEquals(told, ["unknown"]);
});

Deno.test("closing ends the duplicates, and sinks get the reason", async () => {
  const source = new FakeClientSource();
  const transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  await transport.publish("news", "1");
  await transport.close();
  await transport.close();
  assertEquals(listener.changes.map(({ state }) => state), ["closed"]);
  for (const { told } of source.duplicates) {
    assertEquals(told.at(-1), "destroy");
  }
  assertEquals(source.closeByOwner, undefined);
  const { outcome, message } = await failureOf(transport.publish("news", "2"));
  assertEquals(outcome, "not-sent");
  assert(message.includes("closed"), message);
  await assertRejects(() => transport.subscribe(["news"], listener));
});

Deno.test("the end of the user's client ends the transport", async () => {
  const source = new FakeClientSource();
  await using transport = over(source);
  const listener = new Listener();
  await transport.subscribe(["news"], listener);
  source.closeByOwner!();
  const { cause } = await listener.changed("closed");
  assert(cause.message.includes("closed by its owner"), cause.message);
});

Deno.test("a client or an option that can't be used is refused, and named", async () => {
  await using transport = over(new FakeClientSource());
  const listener = new Listener();
  await assertRejects(
    () => transport.publish(1 as unknown as string, ""),
    TypeError,
    "channel",
  );
  await assertRejects(
    () => transport.publish("news", 1 as unknown as string),
    TypeError,
    "payload",
  );
  await assertRejects(
    () => transport.subscribe([1 as unknown as string], listener),
    TypeError,
    "channels[0]",
  );
  await assertRejects(() => transport.subscribe([], listener), RangeError);
});
