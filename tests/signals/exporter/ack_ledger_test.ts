import { assertEquals } from "@std/assert";
import type { Response } from "../../../src/protocol/response/response.ts";
import {
  AckLedger,
  type Outcome,
} from "../../../src/signals/exporter/ack_ledger.ts";

const OUTCOME: Outcome = {
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

Deno.test("a ledger that nobody owes anything is complete", () => {
  const ledger = new AckLedger(new Set([]));
  assertEquals(ledger.missing, 0);
  assertEquals(ledger.close(OUTCOME), {
    code: 0,
    ok: true,
    acks: new Map(),
    missing: new Map(),
    messages: {},
    receivers: 2,
    elapsed: 30,
  });
});

Deno.test("the codes: all succeeded, one failed, one is missing", () => {
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
    const ledger = new AckLedger(new Set(["a", "b"]));
    for (const [id, ras] of Object.entries(answers)) {
      assertEquals(ledger.take(from(id, ras), 5), "counted");
    }
    assertEquals(ledger.missing, 2 - Object.keys(answers).length);
    const result = ledger.close(OUTCOME);
    assertEquals([answers, result.code], [answers, code]);
    assertEquals(result.ok, code === 0);
  }
});

Deno.test("what is missing is missing for the reason given", () => {
  const ledger = new AckLedger(new Set(["a", "b", "c"]));
  ledger.take(from("b", 1), 5);
  const { missing, acks } = ledger.close({
    ...OUTCOME,
    missingReason: "disconnected",
  });
  assertEquals(
    missing,
    new Map([["a", "disconnected"], ["c", "disconnected"]]),
  );
  assertEquals(acks, new Map([["b", { ras: 1, latency: 5 }]]));
});

Deno.test("every verdict is told apart", () => {
  const ledger = new AckLedger(new Set(["a", "b"]));
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

Deno.test("the first of two answers counts, and the other is noted", () => {
  const ledger = new AckLedger(new Set(["a"]));
  ledger.take(from("a", 0, "disk full"), 5);
  ledger.take(from("a", 1, "never mind"), 9);
  const { code, acks, messages } = ledger.close(OUTCOME);
  assertEquals(code, 1);
  assertEquals(acks.get("a"), {
    ras: 0,
    message: "disk full",
    latency: 5,
    conflictingRas: 1,
  });
  assertEquals(messages, { a: "disk full" });
});

Deno.test("a message counts from whoever sends it, if there is an answer with it", () => {
  const ledger = new AckLedger(new Set(["a"]));
  ledger.take(from("a", undefined, "50 %"), 1);
  ledger.take(from("stranger", 0, "hello"), 2);
  ledger.take(from("a", 1, ""), 3);
  const { code, messages } = ledger.close(OUTCOME);
  assertEquals([code, messages], [0, { stranger: "hello", a: "" }]);
});

Deno.test("ids are no property names", () => {
  const ids = ["__proto__", "constructor", "toString", ""];
  const ledger = new AckLedger(new Set(ids));
  for (const id of ids) {
    assertEquals(ledger.take(from(id, 1, `I am ${id}`), 1), "counted");
  }
  const { code, acks, messages } = ledger.close(OUTCOME);
  assertEquals([code, [...acks.keys()]], [0, ids]);
  assertEquals(Object.keys(messages), ids);
  assertEquals("I am __proto__" in {}, false);
});

Deno.test("who names tickets is not heard without the current one", () => {
  const ledger = new AckLedger(new Set(["ours", "python"]), {
    ticket: "7",
    correlating: new Set(["ours"]),
  });
  const said = (responderId: string, ras?: number, id?: string) =>
    ledger.take({
      ...from(responderId, ras, `by ${id}`),
      ...(id === undefined ? {} : { extension: { id } }),
    }, 1);
  assertEquals([said("ours", 1, "6"), said("ours", 1), said("ours")], [
    "stale",
    "stale",
    "stale",
  ]);
  assertEquals([said("ours", undefined, "7"), said("ours", 0, "7")], [
    "progress",
    "counted",
  ]);
  assertEquals(said("python", 1), "counted");
  assertEquals(ledger.close(OUTCOME).messages, {
    ours: "by 7",
    python: "by undefined",
  });
});

Deno.test("who is in debt is heard when it has paid, and else is uncertain", () => {
  const claims = { debts: new Map([["a", 2], ["b", 1], ["c", 1]]) };
  const ledger = new AckLedger(new Set(["a", "b", "c", "d"]), claims);
  const verdicts = [["a", 1], ["a", 1], ["a", 0], ["b", 1], ["a"]] as const;
  assertEquals(
    verdicts.map(([id, ras]) => ledger.take(from(id, ras, "x"), 1)),
    ["stale", "stale", "counted", "stale", "progress"],
  );
  const { missing, messages } = ledger.close(OUTCOME);
  assertEquals(messages, { a: "x" });
  assertEquals(
    missing,
    new Map([["b", "uncertain"], ["c", "uncertain"], ["d", "timeout"]]),
  );
  // The account is the ledger's own.
  assertEquals(claims.debts.get("a"), 2);
});

Deno.test("only a timeout makes an answer uncertain", () => {
  const ledger = new AckLedger(new Set(["a"]), { debts: new Map([["a", 1]]) });
  const { missing } = ledger.close({ ...OUTCOME, missingReason: "closed" });
  assertEquals(missing, new Map([["a", "closed"]]));
});

Deno.test("who is given up is missing for that reason, and owes nothing", () => {
  const ledger = new AckLedger(new Set(["a", "b"]));
  assertEquals(ledger.giveUp("a", "lost"), true);
  assertEquals(ledger.giveUp("a", "left"), false);
  assertEquals(ledger.giveUp("stranger", "left"), false);
  assertEquals([...ledger.owed], ["b"]);
  assertEquals(ledger.take(from("a", 1), 1), "unknown");
  ledger.take(from("b", 1), 1);
  const { code, missing } = ledger.close(OUTCOME);
  assertEquals([code, missing], [2, new Map([["a", "lost"]])]);
});

Deno.test("enough is a success, whatever the others did", () => {
  const ledger = new AckLedger(new Set(["a", "b", "c"]));
  ledger.take(from("a", 0), 1);
  ledger.take(from("b", 1), 1);
  assertEquals([ledger.successes, ledger.failures], [1, 1]);
  const unneeded = { ...OUTCOME, missingReason: "unneeded" as const };
  assertEquals(ledger.close({ ...unneeded, satisfied: true }).code, 0);
  assertEquals(ledger.close({ ...unneeded, satisfied: false }).code, 1);
  assertEquals(ledger.close(unneeded).missing, new Map([["c", "unneeded"]]));
});

Deno.test("all successes are none where more had to be", () => {
  const ledger = new AckLedger(new Set(["a"]));
  ledger.take(from("a", 1), 1);
  const { code, missing } = ledger.close({ ...OUTCOME, satisfied: false });
  assertEquals([code, missing.size], [2, 0]);
  assertEquals(ledger.close(OUTCOME).code, 0);
});

Deno.test("what comes after the end changes no result", () => {
  const ledger = new AckLedger(new Set(["a", "b", "c"]));
  ledger.take(from("a", 1), 5);
  const result = ledger.close({ ...OUTCOME, missingReason: "unneeded" });
  const before = structuredClone(result);
  assertEquals(ledger.take(from("b", 0, "no"), 6), "late");
  assertEquals(ledger.take(from("a", 0), 6), "late");
  assertEquals(ledger.giveUp("c", "lost"), false);
  assertEquals(result, before);
  assertEquals([ledger.owed, ledger.giveUp("b", "lost")], [[], false]);
});
