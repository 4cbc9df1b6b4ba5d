import { assertEquals } from "@std/assert";
import { leveledLogger } from "../../../src/internal/logger.ts";
import { Correlation } from "../../../src/signals/exporter/correlation.ts";
import { Liveness } from "../../../src/signals/liveness.ts";
import { Membership } from "../../../src/signals/exporter/membership.ts";
import type {
  MissingReason,
  PublishResult,
} from "../../../src/signals/exporter/publish_result.ts";
import { Publishes } from "../../../src/signals/exporter/in_flight.ts";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { microtasks } from "../../support/microtasks.ts";

function fixture(evictAfterMisses = Infinity) {
  const target = new EventTarget();
  const told: unknown[][] = [];
  for (const type of ["subscribe", "unsubscribe"]) {
    target.addEventListener(type, (event) => {
      const { responderId, reason } = (event as CustomEvent).detail;
      told.push(reason ? [type, responderId, reason] : [type, responderId]);
    });
  }
  const roster = new Roster();
  const logger = leveledLogger(undefined, "CRITICAL");
  const correlation = new Correlation(roster, true);
  const publishes = new Publishes(target, logger, correlation);
  const liveness = new Liveness({ count: () => undefined, logger });
  const membership = new Membership(target, {
    roster,
    correlation,
    publishes,
    liveness,
    evictAfterMisses,
  });
  const publish = (event = "start") =>
    publishes.exchange({
      event,
      wait: { timeout: Infinity },
      begin: () => roster.current,
      encode: () => "",
      send: (_payload, _wait, receipt) => receipt.sent(1),
    });
  return { membership, roster, correlation, publish, told };
}

/** What became of a publish, as far as it is judged by. */
function resultOf(
  answered: readonly string[],
  missing: Record<string, MissingReason>,
): PublishResult {
  return {
    code: 2,
    ok: false,
    acks: new Map(answered.map((id) => [id, { ras: 1, latency: 1 }])),
    missing: new Map(Object.entries(missing)),
    messages: {},
    receivers: 1,
    elapsed: 1,
  };
}

Deno.test("who joins is told of once, and says what it can do each time", () => {
  const { membership, roster, told } = fixture();
  membership.expect("a");
  membership.expect("a");
  membership.join("a", { alive: true });
  membership.join("b");
  assertEquals(told, [["subscribe", "a"], ["subscribe", "b"]]);
  const [a, b] = [roster.peer("a")!, roster.peer("b")!];
  assertEquals([a.correlates, a.alive], [true, true]);
  assertEquals([b.correlates, b.alive], [false, false]);
  membership.join("a");
  assertEquals([a.correlates, a.alive], [false, false]);
});

Deno.test("who says that it is back is a subscriber only if it was one", () => {
  const { membership, roster, told } = fixture();
  membership.join("a", { alive: true });
  assertEquals(membership.returned("a", { alive: false, back: true }), true);
  assertEquals(roster.peer("a")!.alive, false);
  assertEquals(membership.returned("b", { alive: true, back: true }), false);
  assertEquals([...roster.members], ["a"]);
  assertEquals(told, [["subscribe", "a"]]);
});

Deno.test("who leaves is waited for no longer, and told of once", async () => {
  const { membership, roster, publish, told } = fixture();
  membership.join("a");
  membership.join("b");
  const publishing = publish();
  membership.leave("a");
  membership.leave("a");
  membership.leave("b");
  assertEquals(
    (await publishing).missing,
    new Map([["a", "left"], ["b", "left"]]),
  );
  assertEquals(roster.members.size, 0);
  assertEquals(told.slice(2), [
    ["unsubscribe", "a", "left"],
    ["unsubscribe", "b", "left"],
  ]);
});

Deno.test("who misses too many in a row is struck off, an answer wipes the slate", () => {
  const { membership, roster, told } = fixture(2);
  membership.join("a");
  membership.join("b");
  membership.judge(resultOf([], { a: "timeout", b: "timeout" }));
  membership.judge(resultOf(["b"], { a: "unneeded" }));
  assertEquals(roster.members.size, 2);
  membership.judge(resultOf([], { a: "lost", b: "timeout", gone: "timeout" }));
  assertEquals([...roster.members], ["b"]);
  assertEquals(told.at(-1), ["unsubscribe", "a", "evicted"]);
  membership.join("a");
  assertEquals(roster.peer("a")!.misses, 0);
});

Deno.test("who owes nothing from before is not asked to catch up", () => {
  const { membership, correlation } = fixture();
  membership.join("python");
  membership.join("ours", {});
  correlation.missed("stop", ["python"]);
  correlation.missed("start", ["ours"]);
  const wait = { timeout: 1_000 };
  assertEquals(membership.catchUp("start", wait, () => {}), undefined);
});

Deno.test("who may answer late catches up first, with what it was asked before as well", async () => {
  using time = new FakeTime();
  const { membership, correlation } = fixture();
  membership.join("python");
  membership.ask();
  correlation.missed("start", ["python"]);
  let asked = 0;
  const caughtUp = membership.catchUp("start", { timeout: 1_000 }, () => {
    asked++;
    membership.ask();
  });
  membership.join("python");
  await microtasks();
  assertEquals(correlation.indebted("start").size, 1);
  membership.join("python");
  await caughtUp;
  assertEquals(correlation.indebted("start").size, 0);
  assertEquals([asked, time.pending], [1, 0]);
});

Deno.test("who does not catch up takes half of the time at most, and stays in debt", async () => {
  using time = new FakeTime();
  const { membership, correlation } = fixture();
  membership.join("python");
  correlation.missed("start", ["python"]);
  let done = false;
  const caughtUp = membership.catchUp("start", { timeout: 1_000 }, () => {})!
    .then(() => done = true);
  time.tick(499);
  await microtasks();
  assertEquals(done, false);
  time.tick(10);
  await caughtUp;
  assertEquals(correlation.indebted("start"), new Set(["python"]));
});

Deno.test("when everybody is let go, nobody is waited for", async () => {
  using time = new FakeTime();
  const { membership, roster, correlation, told } = fixture();
  membership.join("python");
  correlation.missed("start", ["python"]);
  const caughtUp = membership.catchUp("start", { timeout: 1e6 }, () => {});
  membership.clear();
  await caughtUp;
  assertEquals([roster.members.size, time.pending], [0, 0]);
  assertEquals(told, [["subscribe", "python"]]);
});
