import { assertEquals, assertRejects } from "@std/assert";
import { RedisPermissionError } from "../../src/link/errors.ts";
import { Subscriptions } from "../../src/link/subscriptions.ts";
import {
  ErrorReply,
  Message,
  Push,
  type Reply,
  Unreadable,
} from "../../src/resp/reply.ts";
import type { LinkChange, Sink } from "../../src/transport/transport.ts";
import { uncaught } from "../support/uncaught.ts";

/** A sink that keeps what it is told, each thing as one line. */
class Told implements Sink {
  readonly lines: string[] = [];
  message(payload: string, channel: string): void {
    this.lines.push(`${channel}: ${payload}`);
  }
  unreadable(reason: string, channel: string): void {
    this.lines.push(`${channel} unreadable: ${reason}`);
  }
  link(change: LinkChange): void {
    this.lines.push(change.state);
  }
}

/** Whether a promise has settled by now, and how. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const pending = Promise.resolve("pending");
  return await Promise.race([
    promise.then(() => "resolved", () => "rejected"),
    pending.then(() => pending),
  ]);
}

const FORMS: readonly [string, (items: Reply[]) => Reply][] = [
  ["RESP2 arrays", (items) => items],
  ["RESP3 pushes", (items) => new Push(items)],
];

for (const [form, wrap] of FORMS) {
  /** Subscribes a sink to channels and confirms all of them. */
  const subscribe = (
    subscriptions: Subscriptions,
    channels: string[],
    sink: Sink,
  ) => {
    subscriptions.add(channels, sink);
    const confirmed = subscriptions.sent(channels);
    channels.forEach((name, n) =>
      subscriptions.take(wrap(["subscribe", name, n + 1]))
    );
    return confirmed;
  };

  Deno.test(`${form}: messages reach the sinks of their channel, in order`, async () => {
    const subscriptions = new Subscriptions();
    const [one, both] = [new Told(), new Told()];
    await subscribe(subscriptions, ["a"], one);
    await subscribe(subscriptions, ["a", "b"], both);
    for (
      const [channel, payload] of [["a", "1"], ["b", "2"], ["a", "message"]]
    ) subscriptions.take(new Message(channel!, payload!));
    assertEquals(one.lines, ["a: 1", "a: message"]);
    assertEquals(both.lines, ["a: 1", "b: 2", "a: message"]);
  });

  Deno.test(`${form}: who leaves while a message is handed out does not get it, and who comes gets the next`, async () => {
    const subscriptions = new Subscriptions();
    const [second, third, late] = [new Told(), new Told(), new Told()];
    const first = {
      message: () => {
        subscriptions.remove(["a"], second);
        subscriptions.add(["a"], late);
      },
    };
    await subscribe(subscriptions, ["a"], first);
    subscriptions.add(["a"], second);
    subscriptions.add(["a"], third);
    subscriptions.take(new Message("a", "1"));
    subscriptions.take(new Message("a", "2"));
    assertEquals(
      [second.lines, third.lines, late.lines],
      [[], ["a: 1", "a: 2"], ["a: 2"]],
    );
  });

  Deno.test(`${form}: a channel may be named like a kind of message`, async () => {
    const subscriptions = new Subscriptions();
    const told = new Told();
    const names = ["message", "subscribe", "__proto__", ""];
    await subscribe(subscriptions, names, told);
    for (const name of names) {
      subscriptions.take(new Message(name, "unsubscribe"));
    }
    assertEquals(told.lines, names.map((name) => `${name}: unsubscribe`));
  });

  Deno.test(`${form}: a subscription counts when its last channel is confirmed`, async () => {
    const subscriptions = new Subscriptions();
    subscriptions.add(["a", "b"], new Told());
    const confirmed = subscriptions.sent(["a", "b"]);
    assertEquals(subscriptions.unconfirmed(["a", "b"]), ["a", "b"]);
    subscriptions.take(wrap(["subscribe", "a", 1]));
    assertEquals(await stateOf(confirmed), "pending");
    assertEquals(subscriptions.unconfirmed(["a", "b"]), ["b"]);
    subscriptions.take(wrap(["subscribe", "b", 2]));
    assertEquals(await stateOf(confirmed), "resolved");
    assertEquals(subscriptions.unconfirmed(["a", "b"]), []);
  });

  Deno.test(`${form}: who comes when all had left gets what comes`, async () => {
    const subscriptions = new Subscriptions();
    const [first, second] = [new Told(), new Told()];
    await subscribe(subscriptions, ["a"], first);
    subscriptions.take(new Message("a", "1"));
    subscriptions.remove(["a"], first);
    await subscribe(subscriptions, ["a"], second);
    subscriptions.take(new Message("a", "2"));
    assertEquals([first.lines, second.lines], [["a: 1"], ["a: 2"]]);
  });

  Deno.test(`${form}: unsubscribing is confirmed by name, or by null`, async () => {
    const subscriptions = new Subscriptions();
    const byName = subscriptions.sent(["a"]);
    const byNull = subscriptions.sent(["b"]);
    subscriptions.take(wrap(["unsubscribe", "a", 0]));
    assertEquals(await stateOf(byName), "resolved");
    assertEquals(await stateOf(byNull), "pending");
    subscriptions.take(wrap(["unsubscribe", null, 0]));
    assertEquals(await stateOf(byNull), "resolved");
  });

  Deno.test(`${form}: unsubscribing and subscribing again may overtake no confirmation`, async () => {
    const subscriptions = new Subscriptions();
    const [first, second] = [new Told(), new Told()];
    await subscribe(subscriptions, ["a"], first);
    assertEquals(subscriptions.remove(["a"], first), ["a"]);
    const left = subscriptions.sent(["a"]);
    subscriptions.add(["a"], second);
    const back = subscriptions.sent(["a"]);
    subscriptions.take(new Message("a", "still from the first"));
    subscriptions.take(wrap(["unsubscribe", "a", 0]));
    assertEquals(
      [await stateOf(left), await stateOf(back)],
      ["resolved", "pending"],
    );
    assertEquals(subscriptions.unconfirmed(["a"]), ["a"]);
    subscriptions.take(wrap(["subscribe", "a", 1]));
    assertEquals(await stateOf(back), "resolved");
    assertEquals(subscriptions.unconfirmed(["a"]), []);
    assertEquals(first.lines, []);
    assertEquals(second.lines, ["a: still from the first"]);
  });

  Deno.test(`${form}: a payload that can't be read is told as such`, async () => {
    const subscriptions = new Subscriptions();
    const told = new Told();
    await subscribe(subscriptions, ["a"], told);
    await subscribe(subscriptions, ["a"], { message: () => {} });
    const arrived = new Message("a", new Unreadable("too long"));
    assertEquals(subscriptions.take(arrived), true);
    assertEquals(told.lines, ["a unreadable: too long"]);
  });

  Deno.test(`${form}: a message on a channel that nobody listens to is passed over`, () => {
    const subscriptions = new Subscriptions();
    assertEquals(subscriptions.take(new Message("a", "late")), true);
  });

  for (
    const broken of [
      ["message"],
      ["message", 1, "text"],
      ["message", "a", 7],
      ["subscribe", "a", 1],
      ["unsubscribe", "a", 0],
    ]
  ) {
    Deno.test(`${form}: ${JSON.stringify(broken)} does not belong there`, () => {
      assertEquals(new Subscriptions().take(wrap(broken)), false);
    });
  }
}

Deno.test("PONG is expected in each of its forms", () => {
  const subscriptions = new Subscriptions();
  assertEquals(subscriptions.take("PONG"), true);
  assertEquals(subscriptions.take(["pong", ""]), true);
});

Deno.test("a push of a kind that was never asked for is passed over, an array is not", () => {
  const subscriptions = new Subscriptions();
  assertEquals(subscriptions.take(new Push(["invalidate", null])), true);
  assertEquals(subscriptions.take(["invalidate", null]), false);
});

for (const reply of ["OK", 1, null, new Map()]) {
  Deno.test(`the reply ${Deno.inspect(reply)} does not belong there`, () => {
    assertEquals(new Subscriptions().take(reply), false);
  });
}

Deno.test("an error reply refuses the whole SUBSCRIBE, names its channels, and no other", async () => {
  const subscriptions = new Subscriptions();
  const refused = subscriptions.sent(["a", "forbidden"]);
  const next = subscriptions.sent(["b"]);
  subscriptions.take(new ErrorReply("NOPERM no"));
  await assertRejects(
    () => refused,
    RedisPermissionError,
    'Cannot subscribe to "a", "forbidden" as the server replied: NOPERM no',
  );
  subscriptions.take(["subscribe", "b", 1]);
  assertEquals(await stateOf(next), "resolved");
});

Deno.test("an error reply to a PING costs nothing", () => {
  const busy = new ErrorReply("BUSY Redis is busy running a script.");
  assertEquals(new Subscriptions().take(busy), true);
});

Deno.test("a lost connection rejects what waits, and what was confirmed has to be again", async () => {
  const subscriptions = new Subscriptions();
  subscriptions.add(["a", "b", "new"], new Told());
  const confirmed = subscriptions.sent(["a", "b"]);
  subscriptions.take(["subscribe", "a", 1]);
  subscriptions.take(["subscribe", "b", 2]);
  await confirmed;
  assertEquals(subscriptions.lostChannels, []);
  const waiting = subscriptions.sent(["new"]);
  subscriptions.lost(new Error("cut"));
  await assertRejects(() => waiting, Error, "cut");
  assertEquals(subscriptions.unconfirmed(["a", "b", "new"]), ["a", "b", "new"]);
  // Whoever asked for "new" asks again; the server may refuse it.
  assertEquals(subscriptions.lostChannels, ["a", "b"]);
});

Deno.test("a channel is left when the last of its sinks is", () => {
  const subscriptions = new Subscriptions();
  const [one, other] = [new Told(), new Told()];
  subscriptions.add(["a", "b"], one);
  subscriptions.add(["a"], other);
  assertEquals(subscriptions.remove(["a", "b"], one), ["b"]);
  assertEquals(subscriptions.remove(["a", "b"], one), []);
  assertEquals(subscriptions.remove(["a"], other), ["a"]);
});

Deno.test("a change of the link is told once to each sink that was subscribed", async () => {
  const subscriptions = new Subscriptions();
  const [told, waiting] = [new Told(), new Told()];
  subscriptions.add(["a", "b"], told);
  const confirmed = subscriptions.sent(["a", "b"]);
  subscriptions.take(["subscribe", "a", 1]);
  subscriptions.take(["subscribe", "b", 2]);
  await confirmed;
  subscriptions.add(["c"], waiting);
  subscriptions.lost(new Error("cut"));
  subscriptions.tell({ state: "down", cause: new Error("cut") });
  assertEquals(told.lines, ["down"]);
  assertEquals(waiting.lines, []);
});

Deno.test("a sink that leaves while it is told disturbs no other", async () => {
  const subscriptions = new Subscriptions();
  const told = new Told();
  const leaving: Sink = {
    message: () => subscriptions.remove(["a"], leaving),
  };
  subscriptions.add(["a"], leaving);
  subscriptions.add(["a"], told);
  const confirmed = subscriptions.sent(["a"]);
  subscriptions.take(["subscribe", "a", 1]);
  await confirmed;
  subscriptions.take(new Message("a", "1"));
  subscriptions.take(new Message("a", "2"));
  assertEquals(told.lines, ["a: 1", "a: 2"]);
});

Deno.test("a sink that throws is reported, and disturbs no other", () => {
  const subscriptions = new Subscriptions();
  const told = new Told();
  const fault = new Error("the sink's own fault");
  subscriptions.add(["a"], {
    message: () => {
      throw fault;
    },
  });
  subscriptions.add(["a"], told);
  using reported = uncaught();
  assertEquals(subscriptions.take(new Message("a", "1")), true);
  assertEquals(reported.errors, [fault]);
  assertEquals(told.lines, ["a: 1"]);
});
