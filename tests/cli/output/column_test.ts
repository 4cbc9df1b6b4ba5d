import { assertEquals } from "@std/assert";
import { Column } from "../../../src/cli/output/column.ts";

Deno.test("cells are padded to the widest one so far, or expected", () => {
  const column = new Column();
  assertEquals(["a", "abc", "ab"].map((cell) => column.pad(cell)), [
    "a",
    "abc",
    "ab ",
  ]);
  column.expect("abcde");
  assertEquals(column.pad("a"), "a    ");
});

Deno.test("what takes two columns of a terminal counts as two, a control character as none", () => {
  const column = new Column();
  column.expect("abcd");
  assertEquals(column.pad("日本"), "日本");
  assertEquals(column.pad("日"), "日  ");
  assertEquals(column.pad("a\x1b[2J"), "a[2J");
});

Deno.test("a very long cell makes no room for itself", () => {
  const column = new Column();
  const long = "x".repeat(200);
  assertEquals(column.pad(long), long);
  assertEquals(column.pad("a"), "a");
});
