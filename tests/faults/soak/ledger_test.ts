import { assertEquals } from "@std/assert";
import { PublishResult } from "../../../src/signals/exporter/publish_result.ts";
import { type Acted, type Settlement, SoakLedger } from "./ledger.ts";

/** A result of responders `a`, `b` …, with the `ras` of each; undefined if missing. */
function resultOf(
  number: number,
  answers: Record<string, number | undefined>,
  code: PublishResult["code"],
): PublishResult {
  const entries = Object.entries(answers);
  return new PublishResult({
    code,
    waited: true,
    ok: code === 0,
    acks: new Map(
      entries.flatMap(([id, ras]) =>
        ras === undefined
          ? []
          : [[id, { name: id, ras, message: `${number}`, latency: 1 }]]
      ),
    ),
    missing: new Map(
      entries.flatMap(([id, ras]) =>
        ras === undefined ? [[id, "timeout"]] : []
      ),
    ),
    messages: {},
    receivers: 2,
    elapsed: 1,
  });
}

function settled(
  number: number,
  outcome: Settlement["outcome"],
  overshoot = 1,
): Settlement {
  return { number, owed: 2, overshoot, outcome };
}

const everyoneActed: Acted = () => 1;

Deno.test("an account of true results has no complaints", () => {
  const ledger = new SoakLedger();
  for (let number = 1; number <= 4; number++) ledger.begin();
  ledger.settle(settled(1, { result: resultOf(1, { a: 1, b: 1 }, 0) }));
  ledger.settle(settled(2, { result: resultOf(2, { a: 0, b: 1 }, 1) }));
  ledger.settle(
    settled(3, { result: resultOf(3, { a: undefined, b: 1 }, 2) }),
  );
  const error = Object.assign(new Error("no link"), { outcome: "not-sent" });
  assertEquals(ledger.oldest, 1);
  ledger.settle(settled(4, { error }));
  ledger.prove((id, number) => id === "a" && number === 2 ? 0 : 1);
  assertEquals(ledger.oldest, 5);
  assertEquals(ledger.complaints(), []);
  assertEquals(ledger.lines(), [
    "publishes   started 4 = settled 4, at the latest 1 ms after the deadline",
    "outcomes    success 1, failed 1, missing 1, rejected not-sent 1",
    "answers     owed 6 = success 4, failed 1, missing: timeout 1",
    "false       successes 0/1, results 0/4",
  ]);
});

Deno.test("a success with a response that was not given is false", () => {
  const ledger = new SoakLedger();
  ledger.begin();
  ledger.settle(settled(1, { result: resultOf(1, { a: 1, b: 1 }, 0) }));
  ledger.prove((id) => id === "a" ? 1 : undefined);
  assertEquals(ledger.complaints(), [
    "1 successes were false",
    "1 results counted answers that were not given",
  ]);
});

Deno.test("a result with a response to another signal is false", () => {
  const ledger = new SoakLedger();
  ledger.begin();
  ledger.settle(settled(1, { result: resultOf(7, { a: 1, b: 1 }, 0) }));
  ledger.prove(everyoneActed);
  assertEquals(ledger.complaints().length, 2);
});

Deno.test("a publish that does not settle, settles late or twice, or does not add up is a complaint", () => {
  const ledger = new SoakLedger();
  for (let number = 1; number <= 6; number++) ledger.begin();
  const whole = { a: 1, b: 1 };
  ledger.settle(settled(1, { result: resultOf(1, whole, 0) }, 2_001));
  ledger.settle(settled(2, { result: resultOf(2, { a: 1 }, 0) }));
  ledger.settle(settled(3, { result: resultOf(3, { a: 1, b: 0 }, 0) }));
  ledger.settle(settled(4, { error: new Error("broken") }));
  ledger.settle(settled(5, { result: resultOf(5, whole, 0) }));
  ledger.settle(settled(5, { result: resultOf(5, whole, 0) }));
  ledger.prove((_, number) => number === 3 ? undefined : 1);
  assertEquals(ledger.complaints(), [
    "1 publishes did not settle",
    "1 successes were false",
    "1 results counted answers that were not given",
    "Publish 1 settled 2001 ms too late",
    "Publish 2 does not add up: code 0, 1 acks and 0 missing of 2 owed",
    "Publish 3 does not add up: code 0, 2 acks and 0 missing of 2 owed",
    "Publish 4 was rejected: Error: broken",
    "Publish 5 settled twice",
  ]);
});

Deno.test("a soak without a success is a complaint", () => {
  assertEquals(new SoakLedger().complaints(), ["No publish was a success"]);
});
