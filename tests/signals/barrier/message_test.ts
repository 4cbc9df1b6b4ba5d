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
  { kind: "arrive", ...COMMON, party: "a", value: '{"port":1}' },
  { kind: "back", ...COMMON, party: "a", known: ["y"], heard: [] },
  { kind: "back", ...COMMON, party: "a", value: "7", heard: ["y", "z"] },
  { kind: "state", ...COMMON, after: "y/1", members: [["x", "a"]] },
  {
    kind: "state",
    ...COMMON,
    after: "y/1",
    members: [["x", "a"], ["y", "b"], ["z", "c"]],
    values: ["[[[[]]]]", true, null],
    lacks: ["y"],
    partial: true,
  },
  { kind: "open", ...COMMON, after: "y/1", members: [["x", "a"], ["y", "b"]] },
  {
    kind: "give-up",
    ...COMMON,
    ids: ["x"],
    by: "\ud800",
    reason: "timeout",
    arrived: ["a", "__proto__"],
  },
  {
    kind: "give-up",
    ...COMMON,
    ids: ["x"],
    by: "a",
    reason: "too-large",
    arrived: [],
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
        const isOptional = /^(known|value|values|lacks|partial)$/.test(key);
        if (isOptional && value === undefined) continue;
        if (key === "value" && typeof value === "string") continue;
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
  const back = MESSAGES.find(({ kind }) => kind === "back");
  const heard = Array.from({ length: 2_001 }, (_, n) => `${n}`);
  const tooMany = JSON.stringify({ v: 1, ...back, heard });
  const tooLong = JSON.stringify({
    v: 1,
    ...back,
    more: "x".repeat(2_500_000),
  });
  const tooDeep = JSON.stringify({ v: 1, ...back, more: [[[[]]]] });
  for (const text of [tooMany, tooLong, tooDeep, "", "{", "null", "[]", "7"]) {
    assertEquals(parseBarrierMessage(text), undefined, text.slice(0, 60));
  }
});

Deno.test("values that are too large are given up with a reason that older peers know", () => {
  const message = MESSAGES.at(-1)!;
  const { reason } = JSON.parse(encodeBarrierMessage(message));
  assertEquals(reason, "aborted");
});

Deno.test("a value of more than 64 KiB is refused", () => {
  const [message] = MESSAGES;
  for (const [length, isTaken] of [[65_536, true], [65_537, false]] as const) {
    const text = JSON.stringify({
      v: 1,
      ...message,
      value: "7".repeat(length),
    });
    assertEquals(parseBarrierMessage(text) !== undefined, isTaken);
  }
});
