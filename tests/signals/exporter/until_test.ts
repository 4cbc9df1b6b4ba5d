import { assertEquals, assertThrows } from "@std/assert";
import { enoughOf } from "../../../src/signals/exporter/until.ts";

const SUBSCRIBERS = [0, 1, 2, 3, 10];

Deno.test("all of them need no number", () => {
  for (const until of [undefined, "all"] as const) {
    assertEquals(SUBSCRIBERS.map(enoughOf(until)), [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  }
});

Deno.test("a count is that many, however many there are", () => {
  assertEquals(SUBSCRIBERS.map(enoughOf({ count: 2 })), [2, 2, 2, 2, 2]);
});

Deno.test("a quorum is that part of them, rounded up", () => {
  assertEquals(SUBSCRIBERS.map(enoughOf({ quorum: 0.5 })), [0, 1, 1, 2, 5]);
  assertEquals(SUBSCRIBERS.map(enoughOf({ quorum: 1 })), SUBSCRIBERS);
  assertEquals(enoughOf({ quorum: 0.01 })(10), 1);
});

Deno.test("what is no number of subscribers is refused", () => {
  const wrong = [
    ...[0, -1, 1.5, NaN, Infinity].map((count) => ({ count })),
    ...[0, -0.5, 1.1, NaN].map((quorum) => ({ quorum })),
  ];
  for (const until of wrong) assertThrows(() => enoughOf(until), RangeError);
});
