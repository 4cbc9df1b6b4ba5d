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
    "Deaths are not noticed",
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

Deno.test("an inbox that is held delivers its messages until it is closed", async () => {
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

Deno.test("a message that throws when it is read is reported as unreadable, and the next one is delivered", async () => {
  const { own, hold, transport, received, unreadable } = fixture();
  await hold();
  transport.deliverOn(CHANNEL, "broken");
  transport.deliverOn(CHANNEL, "hello");
  assertEquals([received, unreadable], [["hello"], [
    "on an inbox: it is broken",
  ]]);
  await own.close();
});

Deno.test("an inbox whose permission is taken away is no longer held, and the log names the error", async () => {
  const { own, hold, transport, logged, changes } = fixture();
  await hold();
  const cause = Object.assign(new Error("NOPERM"), { code: "NOPERM" });
  transport.change({ state: "closed", cause });
  assertEquals([own.isHeld, changes], [false, [true, false]]);
  assertEquals(logged, ["Deaths are not noticed: NOPERM"]);
});

Deno.test("an inbox whose link is lost for good is no longer held, and the log does not repeat that", async () => {
  const { own, hold, transport, logged, changes } = fixture();
  await hold();
  transport.change({ state: "closed", cause: new Error("the link is lost") });
  assertEquals([own.isHeld, changes], [false, [true, false]]);
  assertEquals(logged, []);
});

Deno.test("an inbox that the server refuses does not fail, and the log names the error once", async () => {
  const { own, hold, transport, logged } = fixture();
  transport.subscribing = Promise.reject(new Error("NOPERM"));
  await hold();
  await hold();
  assertEquals([own.isHeld, logged], [false, [
    "Deaths are not noticed: NOPERM",
  ]]);
  await own.close();
});

Deno.test("an inbox that is confirmed after close() is unsubscribed at once", async () => {
  const { own, hold, transport } = fixture();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const holding = hold();
  await own.close();
  confirmed.resolve();
  await holding;
  assertEquals([own.isHeld, transport.channels], [false, []]);
});

Deno.test("an inbox that is closed neither subscribes nor logs a refusal", async () => {
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
