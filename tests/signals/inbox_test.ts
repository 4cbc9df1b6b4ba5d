import { assertEquals } from "@std/assert";
import { OwnChannel } from "../../src/signals/inbox.ts";
import { FakeTransport } from "../support/fake_transport.ts";
import { microtasks } from "../support/microtasks.ts";

const CHANNEL = "state-signals:peer:p";

function fixture() {
  const transport = new FakeTransport();
  const logged: string[] = [];
  const log = (message: string) => logged.push(message);
  const own = new OwnChannel(
    { debug: log, info: log, warn: log, error: log },
    "Nobody will notice",
  );
  const received: string[] = [];
  const hold = () =>
    own.hold(transport, CHANNEL, { message: (text) => received.push(text) });
  return { own, hold, transport, logged, received };
}

Deno.test("a channel that is held brings what is sent to it, until it is let go of", async () => {
  const { own, hold, transport, received } = fixture();
  assertEquals(own.held, false);
  await hold();
  await hold();
  assertEquals([own.held, transport.channels], [true, [CHANNEL]]);
  transport.deliverOn(CHANNEL, "hello");
  transport.deliver("for others");
  assertEquals(received, ["hello"]);
  await own.close();
  await own.close();
  assertEquals(transport.channels, []);
});

Deno.test("a channel that is refused is no failure; the log tells, once", async () => {
  const { own, hold, transport, logged } = fixture();
  transport.subscribing = Promise.reject(new Error("NOPERM"));
  await hold();
  await hold();
  assertEquals([own.held, logged], [false, ["Nobody will notice: NOPERM"]]);
  await own.close();
});

Deno.test("a channel that is confirmed after the end is let go of at once", async () => {
  const { own, hold, transport } = fixture();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const holding = hold();
  await own.close();
  confirmed.resolve();
  await holding;
  assertEquals([own.held, transport.channels], [false, []]);
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
