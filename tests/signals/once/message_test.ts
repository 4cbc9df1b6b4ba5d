/**
 * Which texts are messages of `once()`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { encodeMessage } from "../../../src/signals/meeting/message.ts";
import {
  type OnceMessage,
  parseOnceMessage,
} from "../../../src/signals/once/message.ts";

const common = { round: "0:2", mid: "x/1", id: "x" };

const MESSAGES: readonly OnceMessage[] = [
  { kind: "join", ...common, party: "a" },
  { kind: "join", ...common, party: "a", doubt: "y/1" },
  { kind: "start", ...common, after: "y/1", members: [["x", "a"]] },
  { kind: "ready", ...common, meeting: "y/1" },
  { kind: "dead", ...common, meetings: ["y/1"] },
  { kind: "claim", ...common, meeting: "y/1", after: "y/2", party: "a" },
  { kind: "beat", ...common, claim: "y/1" },
  { kind: "release", ...common, claim: "y/1" },
  { kind: "result", ...common, claim: "y/1", outcome: {} },
  { kind: "result", ...common, claim: "y/1", outcome: { json: "[1]" } },
  {
    kind: "result",
    ...common,
    claim: "y/1",
    outcome: { error: "Error", message: "no" },
  },
  { kind: "have", ...common, meeting: "y/1", party: "a" },
  { kind: "state", ...common, meeting: "y/1", after: "y/2", owed: ["a"] },
  {
    kind: "state",
    ...common,
    meeting: "y/1",
    after: "y/2",
    owed: ["a"],
    claim: ["y/1", "x", "a"],
    outcome: { json: "1" },
  },
  { kind: "leave", ...common },
];

Deno.test("each message of once() is read as it was written", () => {
  for (const message of MESSAGES) {
    assertEquals(parseOnceMessage(encodeMessage(message)), message);
  }
});

Deno.test("a message of once() with a key that the schema does not have loses that key", () => {
  const [message] = MESSAGES;
  const more = { ...message, more: 1 } as unknown as OnceMessage;
  assertEquals(parseOnceMessage(encodeMessage(more)), message);
});

Deno.test("a text that is no message of once() is not read", () => {
  const record = (fields: object) =>
    JSON.stringify({ v: 1, ...common, ...fields });
  const hostile = [
    "",
    "null",
    "[]",
    "[[[[[[]]]]]]",
    record({}),
    record({ kind: "other" }),
    record({ kind: "join" }),
    record({ kind: "join", party: "x".repeat(201) }),
    record({ kind: "join", party: "a", v: 2 }),
    record({ kind: "join", party: "a", mid: 1 }),
    record({ kind: "start", after: "x", members: [["x"]] }),
    record({ kind: "start", after: "x", members: [["x", "a", "b"]] }),
    record({ kind: "dead", meetings: Array(2_001).fill("x") }),
    record({ kind: "result", claim: "x", outcome: null }),
    record({ kind: "result", claim: "x", outcome: { json: "{" } }),
    record({ kind: "result", claim: "x", outcome: { error: "E" } }),
    record({ kind: "state", meeting: "x", after: "x", owed: [], claim: ["x"] }),
    `${record({ kind: "leave" })}${" ".repeat(2_500_000)}`,
  ];
  for (const text of hostile) assertEquals(parseOnceMessage(text), undefined);
});
