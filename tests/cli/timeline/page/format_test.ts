import { assertEquals, assertMatch } from "@std/assert";
import {
  formatClock,
  formatMoment,
  formatSpan,
} from "../../../../src/cli/timeline/page/view/format.ts";

for (
  const [ms, text] of [
    [0, "0 ms"],
    [0.0123, "12 µs"],
    [1.234567, "1.23 ms"],
    [999.4, "999 ms"],
    [1_500, "1.5 s"],
    [59_994, "59.99 s"],
    [60_000, "1 min 0 s"],
    [3_599_999, "1 h 0 min"],
    [7_261_000, "2 h 1 min"],
    [-1_500, "−1.5 s"],
  ] as const
) {
  Deno.test(`a span of ${ms} ms is written as ${text}`, () => {
    assertEquals(formatSpan(ms), text);
  });
}

for (
  const [ms, step, text] of [
    [0, 1_000, "0 s"],
    [2_500, 500, "2.5 s"],
    [2_500.25, 0.05, "2.50025 s"],
    [80_000, 10_000, "1:20"],
    [359_600, 1_000, "6:00"],
    [80_250, 50, "1:20.25"],
    [3_680_000, 60_000, "1:01:20"],
  ] as const
) {
  Deno.test(`${ms} ms on an axis in steps of ${step} is ${text}`, () => {
    assertEquals(formatMoment(ms, step), text);
  });
}

Deno.test("a moment by the clock is in the reader's time zone", () => {
  const now = Date.UTC(2025, 5, 1, 12, 0, 0, 7);
  assertMatch(formatClock(now), /^2025-0\d-\d\d \d\d:\d\d:00\.007$/);
});
