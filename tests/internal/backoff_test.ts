import { assert, assertEquals } from "@std/assert";
import { backoff } from "../../src/internal/backoff.ts";

const BOUNDS = { minBackoff: 50, maxBackoff: 2_000 };

Deno.test("backoff doubles up to the longest wait", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 100, 1e9].map((attempt) =>
    backoff(attempt, BOUNDS, 1)
  );
  assertEquals(waits, [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
});

Deno.test("backoff keeps to half of the step and above", () => {
  assertEquals(backoff(2, BOUNDS, 0), 100);
  assertEquals(backoff(2, BOUNDS, 0.5), 150);
});

Deno.test("backoff scatters processes that were cut off at once", () => {
  const waits = Array.from({ length: 100 }, () => backoff(5, BOUNDS));
  assert(new Set(waits).size > 90);
  assert(waits.every((wait) => wait >= 800 && wait <= 1600));
});
