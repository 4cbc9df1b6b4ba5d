/**
 * What the parties of a barrier say, and what they do not let themselves be told.
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

  Deno.test(`a message of the kind "${message.kind}" that lacks a key, or holds something else there, is none`, () => {
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

Deno.test("what the schema does not have is left out", () => {
  const [message] = MESSAGES;
  const text = JSON.stringify({ v: 1, ...message, more: 1, toString: 2 });
  assertEquals(parseBarrierMessage(text), message);
});

Deno.test("lists and messages that are too long, and what is no JSON, are no messages", () => {
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
