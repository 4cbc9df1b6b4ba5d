import { assertEquals } from "@std/assert";
import { LastLine } from "../../../src/cli/process/last_line.ts";

function lastOf(...parts: readonly string[]): string {
  const last = new LastLine();
  for (const part of parts) last.add(part);
  return last.text;
}

Deno.test("the last line that is not blank is kept, wherever the output is split", () => {
  assertEquals(lastOf("one\ntw", "o\n", "\n  \n"), "two");
  assertEquals(lastOf("one\ntwo"), "two");
  assertEquals(lastOf("\n", " "), "");
  assertEquals(lastOf(), "");
});

Deno.test("what a carriage return overwrites is no line", () => {
  assertEquals(lastOf("10 %\r50 %\r", "100 %\r\n"), "100 %");
});

Deno.test("a line without end takes no more than its share", () => {
  assertEquals(lastOf(...Array(1_000).fill("x".repeat(1_000))).length, 4_096);
});
