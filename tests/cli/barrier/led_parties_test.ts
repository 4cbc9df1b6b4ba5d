import { assert, assertEquals } from "@std/assert";
import {
  LedParties,
  type PartyAcks,
} from "../../../src/cli/barrier/led_parties.ts";
import type { MissingReason } from "../../../src/signals/exporter/publish_result.ts";

/** An id as responders of this name have it. */
const id = (name: string, n = 1) =>
  `${name}-00000000-0000-4000-8000-00000000000${n}-resp`;

const numbered = (parties: number) =>
  new LedParties({ name: "warm", party: "a", parties });
const named = (...parties: string[]) =>
  new LedParties({ name: "warm", party: "a", parties });

/** PartyAcks by name, and who is missing why. */
function resultOf(
  acks: Record<string, number>,
  missing: Record<string, MissingReason> = {},
): PartyAcks {
  const entries = Object.entries(acks);
  return {
    acks: new Map(
      entries.map(([name, ras]) => [id(name), { name, ras, latency: 0 }]),
    ),
    missing: new Map(
      Object.entries(missing).map(([name, reason]) => [id(name), reason]),
    ),
  };
}

/** What the answers come to, where these are there still. */
function judged(
  parties: LedParties,
  result: PartyAcks,
  there: Iterable<string> = [...result.acks.keys(), ...result.missing.keys()],
): unknown[] {
  const outcome = parties.judge(result, new Set(there), 1);
  if (outcome.type === "open") return [0, ...outcome.members!];
  const { code, reason, by, arrived, missing, missingCount } = outcome;
  return [code, reason, by, arrived, missing, missingCount];
}

Deno.test("parties are complete by their number, or by their names", () => {
  assertEquals([numbered(3).others, named("a", "b", "c").others], [2, 2]);
  assert(numbered(1).isComplete([]));
  assert(named("a").isComplete([]));
  assert(numbered(3).isComplete([id("x"), id("y")]));
  assert(!numbered(3).isComplete([id("x")]));
  assert(named("a", "b").isComplete([id("x"), id("b")]));
  assert(!named("a", "b", "c").isComplete([id("x"), id("b"), id("b", 2)]));
});

Deno.test("answers to barrier open it, or tell who failed or is missing", () => {
  const three = numbered(3);
  assertEquals(judged(three, resultOf({ c: 1, b: 1 })), [0, "a", "b", "c"]);
  assertEquals(
    judged(named("a", "b"), resultOf({ x: 1, b: 1 })),
    [0, "a", "b"],
  );
  assertEquals(
    judged(three, resultOf({ b: 1, c: 0 })),
    [1, "failed", "c", ["a", "b", "c"], [], 0],
  );
  // Who is missing hides who failed, as in the codes of 1.0.1.
  assertEquals(
    judged(three, resultOf({ b: 0 }, { c: "lost" })),
    [2, "lost", "c", ["a", "b"], ["c"], 1],
  );
  assertEquals(
    judged(named("a", "b", "c"), resultOf({ b: 1 }, { c: "timeout" })),
    [2, "timeout", "c", ["a", "b"], ["c"], 1],
  );
});

Deno.test("a party that has left is missing, unless it failed before", () => {
  const three = numbered(3);
  const result = resultOf({ b: 1, c: 1 });
  assertEquals(
    judged(three, result, [id("c")]),
    [2, "left", "b", ["a", "c"], ["b"], 1],
  );
  assertEquals(
    judged(three, resultOf({ b: 0, c: 1 }), [id("c")]),
    [1, "failed", "b", ["a", "b", "c"], [], 0],
  );
  // It left before it was asked.
  assertEquals(
    judged(three, resultOf({ c: 1 })),
    [2, "left", "a", ["a", "c"], [], 1],
  );
  assertEquals(
    judged(named("a", "b", "c"), resultOf({ c: 1 })),
    [2, "left", "b", ["a", "c"], ["b"], 1],
  );
});

Deno.test("a failure is one line of bounded length", () => {
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`p${n}`.repeat(200), 0]),
  );
  const result = resultOf(many);
  const outcome = numbered(13).judge(result, new Set(result.acks.keys()), 1);
  const message = outcome.type === "failed" ? outcome.message : "";
  assertEquals(message.match(/" failed/g)?.length, 10);
  assert(message.length < 10 * 220 + 100);
});

Deno.test("a leader that gives up names the present parties", () => {
  const there = new Set([id("b"), id("b", 2)]);
  const { code, message, arrived } = numbered(4).givenUp("timeout", there);
  assertEquals([code, arrived], [2, ["a", id("b"), id("b", 2)]]);
  assertEquals(
    message,
    'Cannot pass the barrier "warm" as "a" (this party) gave up when its timeout ended; 3 arrived, 1 missing',
  );
  assertEquals(named("a", "b", "c").givenUp("aborted", there).missing, ["c"]);
});
