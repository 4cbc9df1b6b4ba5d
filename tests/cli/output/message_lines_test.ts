import { assertEquals } from "@std/assert";
import { line } from "../../../src/cli/output/line.ts";
import {
  lastLineOf,
  withMessage,
} from "../../../src/cli/output/message_lines.ts";

const HEAD = line`failed  vm-1`;

Deno.test("a message of several lines stands below its line, without control characters", () => {
  assertEquals(
    withMessage(HEAD, "one\n\x1b[2Jtwo\r\nthree\n").render(false),
    "failed  vm-1\n  | one\n  | [2Jtwo\n  | three",
  );
  assertEquals(lastLineOf("one\ntwo\n"), "two");
});

Deno.test("a message of one line adds nothing below", () => {
  for (const message of ["", "one", "one\n"]) {
    assertEquals(withMessage(HEAD, message).render(false), "failed  vm-1");
  }
});

Deno.test("of a message the last 100 lines are shown, each cut", () => {
  const message = Array.from({ length: 150 }, (_, n) => `${n}`).join("\n");
  const lines = withMessage(HEAD, `${message}\n${"x".repeat(300)}`)
    .render(false).split("\n");
  assertEquals([lines.length, lines[1]], [101, "  | 51"]);
  assertEquals(lines.at(-1), `  | ${"x".repeat(200)}…`);
});
