import { assertEquals, assertThrows } from "@std/assert";
import { median, quantile } from "./statistics.ts";

Deno.test("a quantile lies between the values that it falls between", () => {
  assertEquals(quantile([4, 1, 3, 2], 0), 1);
  assertEquals(quantile([4, 1, 3, 2], 1), 4);
  assertEquals(quantile([4, 1, 3, 2], 0.5), 2.5);
  assertEquals(quantile([10], 0.99), 10);
});

Deno.test("the median is numeric, whatever the order", () => {
  assertEquals(median([10, 9, 100]), 10);
});

Deno.test("there is no quantile of nothing", () => {
  assertThrows(() => quantile([], 0.5), RangeError, "no values");
});
