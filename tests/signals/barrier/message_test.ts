/**
 * The messages of a barrier: encoding, parsing, and the texts that are refused.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type BarrierMessage,
  encodeBarrierMessage,
  parseBarrierMessage,
} from "../../../src/signals/barrier/message.ts";

const COMMON = { round: "0:2", mid: "x/1", id: "x" };

const MESSAGES: BarrierMessage[] = [
  { kind: "arrive", ...COMMON, party: "a" },
  { kind: "back", ...COMMON, party: "a", known: ["y"], heard: [] },
  { kind: "back", ...COMMON, party: "a", heard: ["y", "z"] },
  { kind: "state", ...COMMON, after: "y/1", members: [["x", "a"]] },
  { kind: "open", ...COMMON, after: "y/1", members: [["x", "a"], ["y", "b"]] },
  {
    kind: "give-up",
    ...COMMON,
    ids: ["x"],
    by: "\ud800",
    reason: "timeout",
    arrived: ["a", "__proto__"],
  },
];

for (const message of MESSAGES) {
  Deno.test(`a message of the kind "${message.kind}" arrives as it was sent`, () => {
    const text = encodeBarrierMessage(message);
    assertEquals(parseBarrierMessage(text), message);
  });

  Deno.test(`a message of the kind "${message.kind}" with a missing or wrong value is refused`, () => {
    const { kind } = message;
    for (const key of ["v", ...Object.keys(message)]) {
      const whole = JSON.parse(encodeBarrierMessage(message));
      for (const value of [undefined, null, 7, {}, [[]], "x".repeat(201)]) {
        if (key === "known" && value === undefined) continue;
        const text = JSON.stringify({ ...whole, [key]: value });
        assertEquals(parseBarrierMessage(text), undefined, `${kind} ${text}`);
      }
    }
  });
}

Deno.test("keys outside the schema are left out of the message", () => {
  const [message] = MESSAGES;
  const text = JSON.stringify({ v: 1, ...message, more: 1, toString: 2 });
  assertEquals(parseBarrierMessage(text), message);
});

Deno.test("a text that is too long, too deep or not JSON, or has too long a list, is refused", () => {
  const [, back] = MESSAGES;
  const heard = Array.from({ length: 2_001 }, (_, n) => `${n}`);
  const tooMany = JSON.stringify({ v: 1, ...back, heard });
  const tooLong = JSON.stringify({
    v: 1,
    ...back,
    more: "x".repeat(1_000_000),
  });
  const tooDeep = JSON.stringify({ v: 1, ...back, more: [[[[]]]] });
  for (const text of [tooMany, tooLong, tooDeep, "", "{", "null", "[]", "7"]) {
    assertEquals(parseBarrierMessage(text), undefined, text.slice(0, 60));
  }
});
