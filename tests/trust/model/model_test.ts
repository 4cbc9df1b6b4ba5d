/**
 * The rules by which acknowledgements are credited, explored: every state that a
 * few operations can reach, made by the rules and by the exporter of `src`.
 * `EXPLORE_DEEPER=N` adds N operations; `run.ts` explores as deep as you like.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  exploreOwn,
  explorePython,
  NOT_COUNTED,
  type Outcome,
  type OwnExploration,
  type PythonExploration,
} from "./explorations.ts";

const DEEPER = Number(Deno.env.get("EXPLORE_DEEPER") ?? 0);

const FALSE_CREDIT = "credited to a signal that it was not for";

/** A process and the restart of it have both joined. */
const BOTH_JOINED = [
  "restart",
  "init",
  "hear 0",
  "hear 1",
  "deliver 0",
  "deliver 0",
];

function python(exploration: PythonExploration): Outcome {
  const operations = exploration.operations + DEEPER;
  return explorePython({ ...exploration, operations });
}

function own(exploration: OwnExploration): Outcome {
  return exploreOwn({
    ...exploration,
    operations: exploration.operations + DEEPER,
  });
}

function assertNothing({ findings, states }: Outcome, atLeast: number): void {
  assertEquals(findings.lines, []);
  assert(states >= atLeast, `only ${states} states were explored`);
}

Deno.test("no response of a Python peer is credited to a signal that it was not for, and each that answers counts at the next publish", () => {
  assertNothing(python({ operations: 5 }), 3_000);
  assertNothing(python({ operations: 7, checkEvery: 50 }), 80_000);
});

Deno.test("two Python peers that are owed the same signals are told apart", () => {
  assertNothing(python({ operations: 3, peers: 2 }), 1_400);
  assertNothing(python({ operations: 4, peers: 2, checkEvery: 50 }), 16_000);
});

Deno.test("no response is credited falsely where signals are not sent, or their outcome is unknown", () => {
  const exploration = { events: ["E"], isLossy: true } as const;
  assertNothing(python({ operations: 5, ...exploration }), 3_000);
  assertNothing(
    python({ operations: 6, checkEvery: 50, ...exploration }),
    17_000,
  );
});

Deno.test("no response is credited falsely where the order of old signals is forgotten, and each peer counts at the next publish but one", () => {
  for (const window of [2, 3]) {
    const exploration = { window, mostPublishes: 2 };
    assertNothing(
      python({ operations: 6, checkEvery: 10, ...exploration }),
      20_000,
    );
  }
});

Deno.test("where a fence would be too long, a Python peer counts some publishes later", () => {
  // The bound of the exporter is far above what so few operations reach.
  const outcome = python({
    operations: 6,
    maxFence: 2,
    checkEvery: 0,
    mostPublishes: 7,
  });
  assertNothing(outcome, 15_000);
  assert(Math.max(...outcome.recoveries.keys()) > 1);
});

Deno.test("where a peer that stays silent gets no longer fences, it counts at the next publish but one when it is back", () => {
  const exploration = { maxFenceInSilence: 1, checkEvery: 0 };
  assertNothing(
    python({ operations: 7, mostPublishes: 2, ...exploration }),
    60_000,
  );
  assertNothing(
    python({ operations: 4, peers: 2, mostPublishes: 2, ...exploration }),
    16_000,
  );
});

Deno.test("each rule for Python peers prevents what is found without it", () => {
  const found = (exploration: PythonExploration) =>
    explorePython(exploration).findings.kinds;
  assertEquals(found({ operations: 5, without: "only one" }), [FALSE_CREDIT]);
  assertEquals(found({ operations: 5, without: "earliest" }), [FALSE_CREDIT]);
  assertEquals(found({ operations: 5, without: "fence" }), [NOT_COUNTED]);
  assertEquals(found({ operations: 5, without: "long enough" }), [NOT_COUNTED]);
  assertEquals(
    found({
      operations: 6,
      without: "entered again",
      isLossy: true,
      events: ["E"],
    }),
    [FALSE_CREDIT],
  );
  assertEquals(
    found({ operations: 5, without: "pin", window: 2, mostPublishes: 2 }),
    ["uncertain though nothing was missed"],
  );
});

Deno.test("two processes of one id of this module: no acknowledgement is misattributed, no subscriber that lives is dropped, and the newest counts within two publishes", () => {
  assertNothing(own({ operations: 3 }), 1_400);
  assertNothing(own({ operations: 4, checkEvery: 20 }), 25_000);
  assertNothing(
    own({ operations: 3, after: BOTH_JOINED, checkEvery: 20 }),
    18_000,
  );
});

Deno.test("each rule for peers of this module prevents what is found without it", () => {
  const found = (
    without: NonNullable<OwnExploration["without"]>,
    exploration: OwnExploration = { operations: 4 },
  ) => exploreOwn({ ...exploration, without }).findings.kinds;
  const byCopy =
    `${FALSE_CREDIT} (answered by a copy, or by publisher and event)`;
  const hadNone = `${FALSE_CREDIT} (its own had no ticket)`;
  assertEquals(found("copies"), [byCopy, hadNone]);
  assertEquals(found("ambiguous"), [byCopy, hadNone]);
  assertEquals(found("only one"), [hadNone]);
  assertEquals(found("incarnations").slice(0, 3), [
    "a process counts that was replaced",
    "a subscriber that lives was dropped",
    "an expected subscriber was dropped",
  ]);
  assertEquals(found("left for good"), [
    "a process that has left is a subscriber",
  ]);
  assertEquals(
    found("same place", { operations: 3, after: BOTH_JOINED }),
    ["a process counts that was replaced"],
  );
  assertEquals(found("expected stay"), ["an expected subscriber was dropped"]);
  assertEquals(found("seen once"), ["acted on twice"]);
});
