import { assertEquals } from "@std/assert";
import {
  join,
  line,
  paint,
  stripControls,
} from "../../../src/cli/output/line.ts";

const EVIL = "\x1b[31mred\x07\x9b0m\u202e\u200b\x7f";

Deno.test("a line loses the control characters of what is put into it", () => {
  const shown = line`a ${EVIL} b`;
  assertEquals(shown.render(false), "a [31mred0m b");
  assertEquals(shown.render(true), "a [31mred0m b");
});

Deno.test("line ends become spaces, broken surrogates replacement characters", () => {
  assertEquals(stripControls("a\r\nb\tc\u2028d\ud800e"), "a b c d\ufffde");
});

Deno.test("colours are there where they are asked for, and end", () => {
  const painted = line`${paint("red", EVIL)} ${1n}`;
  assertEquals(painted.render(false), "[31mred0m 1");
  assertEquals(painted.render(true), "\x1b[31m[31mred0m\x1b[0m 1");
  assertEquals(paint("red", "").render(true), "");
});

Deno.test("lines are joined without those that are empty", () => {
  const joined = join([line`a`, paint("dim", ""), line`b`], ", ");
  assertEquals(joined.render(true), "a, b");
});
