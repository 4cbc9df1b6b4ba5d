import { assertEquals, assertRejects } from "@std/assert";
import { MemoryTransport } from "../../src/transport/memory.ts";
import type { DeliveryError, Sink } from "../../src/transport/transport.ts";

/** A sink that appends its messages and link states to `told`. */
function sinkTo(told: string[], name = ""): Sink {
  return {
    message: (payload, channel) => told.push(`${name}${channel}: ${payload}`),
    link: ({ state }) => told.push(`${name}${state}`),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a message reaches every subscriber of its channel in order", async () => {
  const bus = new MemoryTransport();
  const told: string[] = [];
  await bus.subscribe(["a", "b"], sinkTo(told, "1 "));
  await bus.subscribe(["a"], sinkTo(told, "2 "));
  const counted = await Promise.all([
    bus.publish("a", "x"),
    bus.publish("b", "y"),
    bus.publish("c", "z"),
    bus.publish("a", ""),
  ]);
  assertEquals(counted, [2, 1, 0, 2]);
  await turn();
  assertEquals(told, ["1 a: x", "2 a: x", "1 b: y", "1 a: ", "2 a: "]);
});

Deno.test("a message arrives after the turn in which it was published", async () => {
  const bus = new MemoryTransport();
  const told: string[] = [];
  await bus.subscribe(["a"], sinkTo(told));
  const publishing = bus.publish("a", "x");
  assertEquals(told, []);
  await publishing;
  await turn();
  assertEquals(told, ["a: x"]);
});

Deno.test("a closed subscription gets no message, not even one published before the close", async () => {
  const bus = new MemoryTransport();
  const told: string[] = [];
  const subscription = await bus.subscribe(["a"], sinkTo(told, "1 "));
  await bus.subscribe(["a"], sinkTo(told, "2 "));
  const publishing = bus.publish("a", "x");
  await subscription.close();
  await publishing;
  await subscription.close();
  assertEquals(await bus.publish("a", "y"), 1);
  await turn();
  assertEquals(told, ["2 a: x", "2 a: y"]);
});

Deno.test("a sink may subscribe and unsubscribe while it receives a message", async () => {
  const bus = new MemoryTransport();
  const told: string[] = [];
  const subscription = await bus.subscribe(["a"], {
    message: (payload) => {
      told.push(payload);
      subscription.close();
      bus.subscribe(["a"], sinkTo(told, "new "));
    },
  });
  await bus.publish("a", "x");
  await turn();
  await bus.publish("a", "y");
  await turn();
  assertEquals(told, ["x", "new a: y"]);
});

Deno.test("close() ends every subscription once and drops the messages on their way", async () => {
  const bus = new MemoryTransport();
  const told: string[] = [];
  await bus.subscribe(["a", "b"], sinkTo(told));
  const publishing = bus.publish("a", "x");
  await bus.close();
  await bus.close();
  await publishing;
  await turn();
  assertEquals(told, ["closed"]);
});

Deno.test('a closed transport refuses publish() and subscribe() with the outcome "not-sent"', async () => {
  const bus = new MemoryTransport();
  await bus.close();
  const attempts = [
    () => bus.publish("a", "x"),
    () => bus.subscribe(["a"], sinkTo([])),
  ];
  for (const attempt of attempts) {
    const error = await assertRejects(
      attempt as () => Promise<unknown>,
      Error,
      "as the memory transport is closed",
    );
    assertEquals((error as DeliveryError).outcome, "not-sent");
  }
});
