import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  Hub,
  type HubSubscriber,
  KINDS,
  noSubscriptions,
} from "../../src/broker/hub/hub.ts";
import type { BrokerMessage } from "../../src/broker/hub/message.ts";

const PAYLOAD = new TextEncoder().encode("hi");

class Reader implements HubSubscriber {
  readonly subscriptions = noSubscriptions();
  readonly messages: BrokerMessage[] = [];
  onMessage: () => void = () => {};

  deliver(message: BrokerMessage): boolean {
    this.messages.push(message);
    this.onMessage();
    return true;
  }

  /** The messages as they are on the wire, with a space for each line break. */
  get texts(): string[] {
    return this.messages.map((message) =>
      new TextDecoder().decode(message.encoded(2)[0]!.bytes)
        .replaceAll("\r\n", " ")
    );
  }
}

/** Unsubscribes from everything. */
function leave(hub: Hub, reader: Reader): void {
  for (const kind of KINDS) {
    for (const name of reader.subscriptions[kind]) {
      hub.unsubscribe(kind, name, reader);
    }
  }
}

Deno.test("a message reaches only the subscribers of its channel", () => {
  const hub = new Hub();
  const [one, two, other] = [new Reader(), new Reader(), new Reader()];
  hub.subscribe("channel", "a", one);
  hub.subscribe("channel", "a", two);
  hub.subscribe("channel", "b", other);
  assertEquals(hub.publish("channel", "a", PAYLOAD), 2);
  assertEquals(one.texts, ["*3 $7 message $1 a $2 hi "]);
  assertEquals(two.texts, one.texts);
  assertEquals(other.texts, []);
  assertEquals(hub.publish("channel", "c", PAYLOAD), 0);
});

Deno.test("all subscribers of a channel share one message", () => {
  const hub = new Hub();
  const [one, two] = [new Reader(), new Reader()];
  hub.subscribe("channel", "a", one);
  hub.subscribe("channel", "a", two);
  hub.publish("channel", "a", PAYLOAD);
  assertStrictEquals(one.messages[0], two.messages[0]);
});

Deno.test("a subscriber by channel and by patterns gets the message by each way", () => {
  const hub = new Hub();
  const reader = new Reader();
  hub.subscribe("pattern", "a*", reader);
  hub.subscribe("pattern", "?b", reader);
  hub.subscribe("pattern", "b*", reader);
  hub.subscribe("channel", "ab", reader);
  assertEquals(hub.publish("channel", "ab", PAYLOAD), 3);
  assertEquals(reader.texts, [
    "*3 $7 message $2 ab $2 hi ",
    "*4 $8 pmessage $2 a* $2 ab $2 hi ",
    "*4 $8 pmessage $2 ?b $2 ab $2 hi ",
  ]);
});

Deno.test("shard channels are a space of their own", () => {
  const hub = new Hub();
  const reader = new Reader();
  hub.subscribe("shard", "a", reader);
  hub.subscribe("pattern", "*", reader);
  assertEquals(hub.publish("shard", "a", PAYLOAD), 1);
  assertEquals(reader.texts, ["*3 $8 smessage $1 a $2 hi "]);
  assertEquals(hub.publish("shard", "b", PAYLOAD), 0);
  hub.unsubscribe("pattern", "*", reader);
  assertEquals(hub.publish("channel", "a", PAYLOAD), 0);
});

Deno.test("subscribing twice counts once, and says so", () => {
  const hub = new Hub();
  const reader = new Reader();
  assert(hub.subscribe("channel", "a", reader));
  assert(!hub.subscribe("channel", "a", reader));
  assertEquals(hub.count("channel", "a"), 1);
  assert(hub.unsubscribe("channel", "a", reader));
  assert(!hub.unsubscribe("channel", "a", reader));
  assertEquals(hub.publish("channel", "a", PAYLOAD), 0);
});

Deno.test("names are forgotten with their last subscriber", () => {
  const hub = new Hub();
  const [one, two] = [new Reader(), new Reader()];
  for (const kind of ["channel", "pattern", "shard"] as const) {
    hub.subscribe(kind, "a", one);
    hub.subscribe(kind, "a", two);
    hub.subscribe(kind, "b", one);
    assertEquals(hub.size(kind), 2);
    assertEquals([...hub.names(kind)], ["a", "b"]);
  }
  leave(hub, one);
  for (const kind of ["channel", "pattern", "shard"] as const) {
    assertEquals([...hub.names(kind)], ["a"]);
    assertEquals(one.subscriptions[kind].size, 0);
  }
  leave(hub, two);
  for (const kind of ["channel", "pattern", "shard"] as const) {
    assertEquals(hub.size(kind), 0);
  }
});

Deno.test("names that objects have by nature are names like any other", () => {
  const hub = new Hub();
  for (const name of ["__proto__", "constructor", ""]) {
    assertEquals(hub.publish("channel", name, PAYLOAD), 0);
    hub.subscribe("channel", name, new Reader());
    assertEquals(hub.publish("channel", name, PAYLOAD), 1);
  }
});

Deno.test("a subscriber that leaves during a delivery does not keep others from the message", () => {
  const hub = new Hub();
  const readers = [new Reader(), new Reader(), new Reader()];
  for (const reader of readers) {
    hub.subscribe("channel", "a", reader);
    hub.subscribe("pattern", "*", reader);
  }
  readers[0]!.onMessage = () => leave(hub, readers[0]!);
  assertEquals(hub.publish("channel", "a", PAYLOAD), 5);
  assertEquals(readers.map(({ messages }) => messages.length), [1, 2, 2]);
});
