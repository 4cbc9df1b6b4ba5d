import { assertEquals } from "@std/assert";
import { barsOf } from "./bars.ts";
import { Results } from "./results.ts";

const TIME = { key: "a", title: "Time", unit: "ms" } as const;

Deno.test("a row sums up its repeats and compares them with the first row", () => {
  const results = new Results();
  for (const value of [3, 1, 2]) {
    results.add(TIME, "ours", { value, p99: value * 10 });
    results.add(TIME, "npm:redis", { value: value * 2 });
  }
  const [table] = results.tables();
  assertEquals(table?.rows, [
    {
      contender: "ours",
      median: 2,
      p99: 20,
      ratio: 1,
      spread: [1, 3],
      repeats: [3, 1, 2],
    },
    {
      contender: "npm:redis",
      median: 4,
      ratio: 2,
      spread: [2, 6],
      repeats: [6, 2, 4],
    },
  ]);
});

Deno.test("a bar is held, not held or not measured", () => {
  const results = new Results();
  results.add(TIME, "ours", { value: 1.3 });
  results.add(TIME, "bare sockets", { value: 1 });
  results.add(TIME, "npm:redis", { value: 3 });
  const bars = barsOf(results.tables())
    .filter(({ measure }) => measure === "a")
    .map(({ says, measured, held }) => ({ says, measured, held }));
  assertEquals(bars, [
    { says: "p50 to the bare sockets'", measured: 1.3, held: false },
    { says: "p50 to the best npm client's", measured: 1.3 / 3, held: true },
    { says: "p99 to the best peer's", measured: undefined, held: undefined },
    {
      says: "the Python package's p50 to ours",
      measured: undefined,
      held: undefined,
    },
  ]);
});
