import { assertEquals } from "@std/assert";
import { Inbox } from "../../src/signals/inbox.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { microtasks } from "../support/microtasks.ts";

const CHANNEL = "state-signals:publisher:p";

function fixture() {
  const transport = new FakeTransport();
  const logged: string[] = [];
  const log = (message: string) => logged.push(message);
  const own = new Inbox(
    { debug: log, info: log, warn: log, error: log },
    "Nobody will notice",
  );
  const received: string[] = [];
  const unreadable: string[] = [];
  const changes: boolean[] = [];
  const hold = () =>
    own.hold(transport, CHANNEL, {
      message: (text) => {
        if (text === "broken") throw new Error("it is broken");
        received.push(text);
      },
      unreadable: (reason) => unreadable.push(reason),
      changed: (held) => changes.push(held),
    });
  return { own, hold, transport, logged, received, unreadable, changes };
}

Deno.test("an inbox that is held brings what is sent to it, until it is let go of", async () => {
  const { own, hold, transport, received } = fixture();
  assertEquals(own.isHeld, false);
  await hold();
  await hold();
  assertEquals([own.isHeld, transport.channels], [true, [CHANNEL]]);
  transport.deliverOn(CHANNEL, "hello");
  transport.deliver("for others");
  assertEquals(received, ["hello"]);
  await own.close();
  await own.close();
  assertEquals(transport.channels, []);
});

Deno.test("a message that can't be understood is reported", async () => {
  const { own, hold, transport, received, unreadable } = fixture();
  await hold();
  transport.deliverOn(CHANNEL, "broken");
  transport.deliverOn(CHANNEL, "hello");
  assertEquals([received, unreadable], [["hello"], [
    "on an inbox: it is broken",
  ]]);
  await own.close();
});

Deno.test("an inbox whose right is taken away is held no more, and the log says so", async () => {
  const { own, hold, transport, logged, changes } = fixture();
  await hold();
  transport.change({ state: "closed", cause: new Error("NOPERM") });
  assertEquals([own.isHeld, changes], [false, [true, false]]);
  assertEquals(logged, ["Nobody will notice: NOPERM"]);
});

Deno.test("an inbox that is refused is no failure; the log tells, once", async () => {
  const { own, hold, transport, logged } = fixture();
  transport.subscribing = Promise.reject(new Error("NOPERM"));
  await hold();
  await hold();
  assertEquals([own.isHeld, logged], [false, ["Nobody will notice: NOPERM"]]);
  await own.close();
});

Deno.test("an inbox that is confirmed after the end is let go of at once", async () => {
  const { own, hold, transport } = fixture();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const holding = hold();
  await own.close();
  confirmed.resolve();
  await holding;
  assertEquals([own.isHeld, transport.channels], [false, []]);
});

Deno.test("after the end, nothing is asked for and nothing is worth a word", async () => {
  const { own, hold, transport, logged } = fixture();
  const refused = Promise.withResolvers<void>();
  transport.subscribing = refused.promise;
  const holding = hold();
  await own.close();
  refused.reject(new Error("closed"));
  await holding;
  const late = fixture();
  await late.own.close();
  await late.hold();
  await microtasks();
  assertEquals([logged, late.transport.channels], [[], []]);
});
