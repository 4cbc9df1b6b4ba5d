import { assertEquals } from "@std/assert";
import { toJsonLine } from "../../../src/cli/output/json_line.ts";

Deno.test("a record is strict JSON on one line, whatever is in it", () => {
  const record = {
    big: 12345678901234567890n,
    nan: NaN,
    deep: [{ infinity: Infinity }],
  };
  assertEquals(
    toJsonLine(record),
    '{"big":12345678901234567890,"nan":null,"deep":[{"infinity":null}]}\n',
  );
});

Deno.test("what a terminal would obey is escaped, and nothing is lost", () => {
  const text = "\x1b[2J\x7f\x9b\u202e\u2028\u{e0001}\ud800é";
  const json = toJsonLine({ [text]: text });
  assertEquals(json.match(/[\p{Cc}\p{Cf}\u2028]/gu), ["\n"]);
  assertEquals(JSON.parse(json), { [text]: text });
});
