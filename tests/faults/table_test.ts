import { assertEquals } from "@std/assert";
import type { Row } from "./scenario.ts";
import { complaintsOf, tableOf } from "./table.ts";

const row = (number: number, held = 20): Row => ({
  number,
  title: "It holds.",
  tried: 20,
  held,
  figure: "p50 1 ms",
});

Deno.test("a full table of scenarios that held has no complaints", () => {
  assertEquals(complaintsOf([row(2), row(1), row(1)], [1, 2]), []);
});

Deno.test("a scenario that is missing or did not hold is named", () => {
  const nothing = { ...row(4, 0), tried: 0 };
  assertEquals(complaintsOf([row(1), row(2, 19), nothing], [1, 2, 3, 4]), [
    "Scenario 2 did not hold: 19/20, It holds.",
    "Scenario 4 did not hold: 0/0, It holds.",
    "Scenario 3 is missing",
  ]);
});

Deno.test("the table is in order and in columns", () => {
  assertEquals(
    tableOf([row(10), { ...row(2), tried: 5_000 }]).split("\n"),
    [
      "       held  scenario, and what it measured",
      " 2  20/5000  It holds.",
      "               p50 1 ms",
      "10    20/20  It holds.",
      "               p50 1 ms",
    ],
  );
});
