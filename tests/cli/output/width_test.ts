import { assertEquals } from "@std/assert";
import { fit, widthOf } from "../../../src/cli/output/width.ts";

Deno.test("text takes as many columns as a terminal gives it", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["node-1", 6],
    ["\x1b[31mnode\x1b[0m", 4], // in colour
    ["日本", 4],
    ["한ｱ", 3], // full and half width
    ["e\u0301", 1], // an accent of its own
    ["🙂", 2],
    ["❤\ufe0f", 2], // an emoji by its variation
  ];
  for (const [text, width] of cases) assertEquals(widthOf(text), width, text);
});

Deno.test("text is cut between characters, and its colour ends with it", () => {
  const cases: [string, number, string][] = [
    ["node-1", 6, "node-1"],
    ["node-1", 5, "node…"],
    ["node-1", 1, "…"],
    ["node-1", 0, ""],
    ["node-1", Infinity, "node-1"],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["\x1b[31mnode-1\x1b[0m", 3, "\x1b[31mno\x1b[0m…"],
  ];
  for (const [text, columns, fitting] of cases) {
    assertEquals(fit(text, columns), fitting);
  }
});
