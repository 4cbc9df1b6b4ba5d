import { assertEquals, assertThrows } from "@std/assert";
import { readSideMessage } from "../../../src/protocol/extension/parser.ts";
import {
  encodeStopReceipt,
  encodeStopRequest,
} from "../../../src/protocol/extension/stop.ts";
import { reasonOf, shortReason } from "../../../src/protocol/reason.ts";

const REQUEST = {
  id: "vm-1",
  inc: "a85ff0276a4b",
  key: "k-1",
  reason: 'the disk is "full" \u2713 \ud800',
};

Deno.test("a request to stop and its receipt are read as they were written", () => {
  assertEquals(readSideMessage(encodeStopRequest(REQUEST)), { stop: REQUEST });
  assertEquals(readSideMessage(encodeStopReceipt("k-1")), { heard: "k-1" });
});

Deno.test("a request to stop with a part that can't be used is an error that names the part", () => {
  const wrong: Record<string, readonly unknown[]> = {
    id: [undefined, 7, "", "x".repeat(1_025)],
    inc: [undefined, null, "a b", "x".repeat(65)],
    key: [undefined, 7, "", "a:b", "x".repeat(65)],
    reason: [undefined, null, ["full"], "", "x".repeat(4_097)],
  };
  for (const [part, values] of Object.entries(wrong)) {
    for (const value of values) {
      const stop = { ...REQUEST, [part]: value };
      const text = JSON.stringify({ _ss: { v: 2, stop } });
      assertThrows(() => readSideMessage(text), Error, `the ${part} of a`);
    }
  }
  for (const stop of [null, 7, "now", [], {}]) {
    const text = JSON.stringify({ _ss: { v: 2, stop } });
    assertThrows(() => readSideMessage(text), Error, "the id of a");
  }
});

Deno.test("a request to stop of another version is no message for this one", () => {
  const text = encodeStopRequest(REQUEST).replace('"v":2', '"v":3');
  assertEquals(readSideMessage(text), undefined);
});

Deno.test("a reason has 1 to 4,096 characters: a longer one is cut by its writer, and none to its reader", () => {
  const longest = "x".repeat(4_096);
  assertEquals([shortReason("x"), shortReason(longest)], ["x", longest]);
  const cut = shortReason(`${longest}x`);
  assertEquals([cut.length, cut.slice(4_094)], [4_096, "x…"]);
  assertEquals(reasonOf({ reason: cut }), cut);
  const faces = shortReason(`${"x".repeat(4_094)}\u{1f600}x`);
  assertEquals([faces.isWellFormed(), faces.length], [true, 4_095]);
  for (const reason of ["", `${longest}x`]) {
    assertEquals(reasonOf({ reason }), undefined);
  }
  // deno-lint-ignore no-explicit-any
  for (const reason of [undefined, null, 7, {}] as any[]) {
    assertThrows(() => shortReason(reason), TypeError, "reason");
    assertEquals(reasonOf({ reason }), undefined);
  }
  assertEquals(reasonOf({ reason: "full" }), "full");
  assertEquals([reasonOf(undefined), reasonOf({})], [undefined, undefined]);
});
