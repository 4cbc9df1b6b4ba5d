import { assertEquals } from "@std/assert";
import type { Response } from "../../../src/protocol/response/response.ts";
import {
  AckLedger,
  type LedgerEnd,
} from "../../../src/signals/exporter/ack_ledger.ts";
import { snapshotOf } from "./parts.ts";

const OUTCOME: LedgerEnd = {
  receivers: 2,
  elapsed: 30,
  missingReason: "timeout",
};

function from(responderId: string, ras?: number, message?: string): Response {
  return {
    responderId,
    publisherId: "fio-1",
    event: "start",
    ...(ras === undefined ? {} : { ras }),
    ...(message === undefined ? {} : { message }),
  };
}

Deno.test("a ledger without subscribers misses no response and is not ok", () => {
  const ledger = new AckLedger(snapshotOf());
  assertEquals(ledger.missing, 0);
  assertEquals({ ...ledger.close(OUTCOME) }, {
    code: 0,
    ok: false,
    waited: false,
    acks: new Map(),
    missing: new Map(),
    messages: {},
    receivers: 2,
    elapsed: 30,
  });
});

Deno.test("the code is 0 if all succeeded, 1 if one failed, 2 if one is missing", () => {
  const table: [Record<string, number>, number][] = [
    [{ a: 1, b: 1 }, 0],
    [{ a: 1, b: 0 }, 1],
    [{ a: 2, b: -1 }, 1],
    [{ a: 1, b: NaN }, 1],
    [{ a: 1 }, 2],
    [{ a: 0 }, 2],
    [{}, 2],
  ];
  for (const [answers, code] of table) {
    const ledger = new AckLedger(snapshotOf("a", "b"));
    for (const [id, ras] of Object.entries(answers)) {
      assertEquals(ledger.take(from(id, ras), 5), "counted");
    }
    assertEquals(ledger.missing, 2 - Object.keys(answers).length);
    const result = ledger.close(OUTCOME);
    assertEquals([answers, result.code], [answers, code]);
    assertEquals(result.ok, code === 0);
  }
});

Deno.test("each missing response gets the reason of the end", () => {
  const ledger = new AckLedger(snapshotOf("a", "b", "c"));
  ledger.take(from("b", 1), 5);
  const { missing, acks } = ledger.close({
    ...OUTCOME,
    missingReason: "disconnected",
  });
  assertEquals(
    missing,
    new Map([["a", "disconnected"], ["c", "disconnected"]]),
  );
  assertEquals(acks, new Map([["b", { name: "b", ras: 1, latency: 5 }]]));
});

Deno.test("take() distinguishes progress, counted, duplicate, conflict and unknown responses", () => {
  const ledger = new AckLedger(snapshotOf("a", "b"));
  const verdicts = [
    from("a"),
    from("a", 1),
    from("a", 1),
    from("a", 0),
    from("stranger", 1),
    from("a"),
    from("b", NaN),
    from("b", NaN),
  ].map((response) => ledger.take(response, 1));
  assertEquals(verdicts, [
    "progress",
    "counted",
    "duplicate",
    "conflict",
    "unknown",
    "progress",
    "counted",
    "duplicate",
  ]);
});

Deno.test("of two contradictory responses the first one counts, and the other is its `conflictingRas`", () => {
  const ledger = new AckLedger(snapshotOf("a"));
  ledger.take(from("a", 0, "disk full"), 5);
  ledger.take(from("a", 1, "never mind"), 9);
  const { code, acks, messages } = ledger.close(OUTCOME);
  assertEquals(code, 1);
  assertEquals(acks.get("a"), {
    name: "a",
    ras: 0,
    message: "disk full",
    latency: 5,
    conflictingRas: 1,
  });
  assertEquals(messages, { a: "disk full" });
});

Deno.test("the message of an acknowledgement is kept, even from a stranger, and the message of progress is not", () => {
  const ledger = new AckLedger(snapshotOf("a"));
  ledger.take(from("a", undefined, "50 %"), 1);
  ledger.take(from("stranger", 0, "hello"), 2);
  ledger.take(from("a", 1, ""), 3);
  const { code, messages } = ledger.close(OUTCOME);
  assertEquals([code, messages], [0, { stranger: "hello", a: "" }]);
});

Deno.test("responder ids that are names of object properties are ordinary ids", () => {
  const ids = ["__proto__", "constructor", "toString", ""];
  const ledger = new AckLedger(snapshotOf(...ids));
  for (const id of ids) {
    assertEquals(ledger.take(from(id, 1, `I am ${id}`), 1), "counted");
  }
  const { code, acks, messages } = ledger.close(OUTCOME);
  assertEquals([code, [...acks.keys()]], [0, ids]);
  assertEquals(Object.keys(messages), ids);
  assertEquals("I am __proto__" in {}, false);
});

Deno.test('a subscriber with a doubtful response is "uncertain" when the time runs out or the link is lost', () => {
  for (
    const [missingReason, expected] of [
      ["timeout", "uncertain"],
      ["disconnected", "uncertain"],
      ["closed", "closed"],
      ["unneeded", "unneeded"],
    ] as const
  ) {
    const ledger = new AckLedger(snapshotOf("a", "b", "c"));
    for (const id of ["a", "c", "stranger"]) ledger.doubt(id);
    ledger.take(from("c", 1), 1);
    const { missing } = ledger.close({ ...OUTCOME, missingReason });
    assertEquals([...missing], [["a", expected], ["b", missingReason]]);
  }
});

Deno.test("a ledger knows whether a subscriber owes a response that names no signals", () => {
  const ledger = new AckLedger(snapshotOf("ours", "a", "b"));
  ledger.take(from("a", 1), 1);
  ledger.take(from("a", 1), 1);
  assertEquals(ledger.owedWithoutName, true);
  ledger.giveUp("b", "lost");
  assertEquals([ledger.owedWithoutName, ledger.missing], [false, 1]);
});

Deno.test("a subscriber that is given up is missing for that reason and owes no response", () => {
  const ledger = new AckLedger(snapshotOf("a", "b"));
  assertEquals(ledger.giveUp("a", "lost"), true);
  assertEquals(ledger.giveUp("a", "left"), false);
  assertEquals(ledger.giveUp("stranger", "left"), false);
  assertEquals([...ledger.owed], ["b"]);
  assertEquals(ledger.take(from("a", 1), 1), "unknown");
  ledger.take(from("b", 1), 1);
  const { code, missing } = ledger.close(OUTCOME);
  assertEquals([code, missing], [2, new Map([["a", "lost"]])]);
});

Deno.test("a satisfied ledger is a success despite a failure", () => {
  const ledger = new AckLedger(snapshotOf("a", "b", "c"));
  ledger.take(from("a", 0), 1);
  ledger.take(from("b", 1), 1);
  assertEquals([ledger.successes, ledger.failures], [1, 1]);
  const unneeded = { ...OUTCOME, missingReason: "unneeded" as const };
  assertEquals(ledger.close({ ...unneeded, satisfied: true }).code, 0);
  assertEquals(ledger.close({ ...unneeded, satisfied: false }).code, 1);
  assertEquals(ledger.close(unneeded).missing, new Map([["c", "unneeded"]]));
});

Deno.test("a ledger that is not satisfied is incomplete though all subscribers succeeded", () => {
  const ledger = new AckLedger(snapshotOf("a"));
  ledger.take(from("a", 1), 1);
  const { code, missing } = ledger.close({ ...OUTCOME, satisfied: false });
  assertEquals([code, missing.size], [2, 0]);
  assertEquals(ledger.close(OUTCOME).code, 0);
});

Deno.test("a response after the end is late and changes no result", () => {
  const ledger = new AckLedger(snapshotOf("a", "b", "c"));
  ledger.take(from("a", 1), 5);
  const result = ledger.close({ ...OUTCOME, missingReason: "unneeded" });
  const before = structuredClone(result);
  assertEquals(ledger.take(from("b", 0, "no"), 6), "late");
  assertEquals(ledger.take(from("a", 0), 6), "late");
  assertEquals(ledger.giveUp("c", "lost"), false);
  assertEquals(structuredClone(result), before);
  assertEquals([ledger.owed, ledger.giveUp("b", "lost")], [[], false]);
});
