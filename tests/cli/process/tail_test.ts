import { assert, assertEquals } from "@std/assert";
import { Tail } from "../../../src/cli/process/tail.ts";

function tailOf(max: number, ...parts: readonly string[]): string {
  const tail = new Tail(max);
  const stream = tail.stream();
  for (const part of parts) stream.add(part);
  return tail.text;
}

Deno.test("the last lines are kept, wherever the output is split", () => {
  assertEquals(tailOf(2, "one\ntw", "o\nth", "ree"), "two\nthree");
  assertEquals(tailOf(2, "one\r", "\ntwo\r\n"), "one\ntwo");
  assertEquals(tailOf(3, "one\n\ntwo\n", "\n"), "one\n\ntwo");
  assertEquals(tailOf(2, "one\n\ntwo\n"), "\ntwo");
  assertEquals(tailOf(5, "one"), "one");
  assertEquals(tailOf(5), "");
});

Deno.test("lines of two streams stand in the order in which they end", () => {
  const tail = new Tail(3);
  const [out, err] = [tail.stream(), tail.stream()];
  out.add("begun\nhalf ");
  err.add("warning\n");
  out.add("done\n");
  err.add("fail");
  assertEquals(tail.text, "warning\nhalf done\nfail");
});

Deno.test("blank lines at the end do not count", () => {
  assertEquals(tailOf(3, "30%\nred text\n\n", " \n\n"), "30%\nred text");
  assertEquals(tailOf(2, "one\n".concat("\n".repeat(5_000)), "x"), "\nx");
  assertEquals(tailOf(2, "\n".repeat(5_000)), "");
});

Deno.test("what a carriage return overwrites is left out", () => {
  assertEquals(tailOf(5, "10 %\r50 %\r", "100 %\r\nend"), "100 %\nend");
});

Deno.test("the lines have at most 64 KiB, and a line at most 4,096 characters", () => {
  const text = tailOf(1_000, ...Array(2_000).fill("\u2713".repeat(5_000)));
  assertEquals(text, "\u2713".repeat(4_096));
  assertEquals(tailOf(5, `${"x".repeat(5_000)}\nend`).length, 4_096 + 4);
  const lines = tailOf(1_000, `${"\u2713".repeat(5_000)}\n`.repeat(50), "end");
  const bytes = new TextEncoder().encode(lines).length;
  assert(bytes > 48 * 1_024 && bytes <= 64 * 1_024, `${bytes}`);
  assert(lines.endsWith("\u2713\nend"));
  const short = tailOf(1_000, "x\n".repeat(100_000));
  assertEquals(short.split("\n").length, 1_000);
});
