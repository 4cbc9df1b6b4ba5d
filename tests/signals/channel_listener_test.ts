import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Logger } from "../../src/internal/logger.ts";
import { ChannelListener } from "../../src/signals/channel_listener.ts";
import { FakeTransport } from "../support/fake_transport.ts";

/** A listener, and all its calls, events and log lines in order. */
function telling(): { subscriber: ChannelListener; told: unknown[] } {
  const told: unknown[] = [];
  const target = new EventTarget();
  for (const type of ["disconnect", "reconnect", "gap", "malformed"]) {
    target.addEventListener(type, (event) => {
      told.push([type, (event as CustomEvent).detail]);
    });
  }
  const log = (line: string) => told.push(line);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const subscriber = new ChannelListener(target, logger, {
    take: (payload) => {
      if (payload === "bad") throw new Error("it is bad");
      told.push(`took ${payload}`);
    },
    down: () => told.push("down"),
    up: () => told.push("up"),
    lost: (cause) => told.push(`lost: ${cause.message}`),
  });
  return { subscriber, told };
}

Deno.test('a message that can\'t be read is counted, logged and reported by "malformed"', async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  await subscriber.subscribe(transport, "c");
  for (const payload of ["a", "bad", "b"]) transport.deliver(payload);
  subscriber.unreadable("it is not UTF-8");
  assertEquals(told, [
    "took a",
    "Passed over a malformed message: it is bad",
    ["malformed", { reason: "it is bad", payload: "bad" }],
    "took b",
    "Passed over a malformed message: it is not UTF-8",
    ["malformed", { reason: "it is not UTF-8" }],
  ]);
  assertEquals(subscriber.malformed, 2);
});

Deno.test('a link that goes down and comes back is reported by "disconnect", "gap" and "reconnect"', async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  await subscriber.subscribe(transport, "c");
  const cause = new Error("reset by peer");
  transport.change({ state: "down", cause });
  transport.change({ state: "up", downtime: 12.3 });
  assertEquals(told, [
    "The link is down: reset by peer",
    "down",
    ["disconnect", { cause, final: false }],
    "The link is back after 12 ms",
    ["gap", { downtime: 12.3 }],
    ["reconnect", { downtime: 12.3 }],
    "up",
  ]);
});

Deno.test("a gap includes the silence before the loss was noticed", async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  await subscriber.subscribe(transport, "c");
  transport.change({ state: "up", downtime: 12, silence: 345 });
  assertEquals(told.slice(1, 3), [
    ["gap", { downtime: 345 }],
    ["reconnect", { downtime: 12 }],
  ]);
});

Deno.test('a link that is lost for good is reported by a final "disconnect"', async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  await subscriber.subscribe(transport, "c");
  const cause = new Error("switched off");
  transport.change({ state: "closed", cause });
  assertEquals(told, [
    "The link is lost for good: switched off",
    "lost: switched off",
    ["disconnect", { cause, final: true }],
  ]);
});

Deno.test("a listener subscribes again after a failure, and once at most", async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  transport.subscribing = Promise.reject(new Error("no permission"));
  await assertRejects(() => subscriber.subscribe(transport, "c"), Error, "no");
  transport.subscribing = Promise.resolve();
  await Promise.all([
    subscriber.subscribe(transport, "c"),
    subscriber.subscribe(transport, "c"),
  ]);
  await subscriber.subscribe(transport, "c");
  assertEquals(transport.sinks.length, 1);
  transport.deliver("a");
  assertEquals(told, ["took a"]);
});

Deno.test("a listener that is closed reports nothing", async () => {
  const { subscriber, told } = telling();
  const transport = new FakeTransport();
  await subscriber.subscribe(transport, "c");
  await Promise.all([subscriber.close(), subscriber.close()]);
  assertEquals(transport.sinks.length, 0);
  subscriber.message("a");
  subscriber.unreadable("late");
  subscriber.link({ state: "up", downtime: 1 });
  assertEquals(told, []);
});

Deno.test("close() does not wait for a pending subscription, which is rejected and given up", async () => {
  const { subscriber } = telling();
  const transport = new FakeTransport();
  const confirmed = Promise.withResolvers<void>();
  transport.subscribing = confirmed.promise;
  const subscribing = subscriber.subscribe(transport, "c");
  const ended = assertRejects(() => subscribing, Error, "listener was closed");
  await subscriber.close();
  await ended;
  confirmed.resolve();
  await delay(0);
  assertEquals(transport.sinks.length, 0);
});
