import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Roster, Subscriber } from "../../../src/signals/exporter/roster.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { stillPending } from "../../support/still_pending.ts";
import { join, rosterOf } from "./parts.ts";

const FOR_EVER = { timeout: Infinity };

Deno.test("a roster holds its subscribers in the order of joining", () => {
  const roster = rosterOf("b", "a");
  assertEquals([...roster.ids], ["b", "a"]);
  roster.clear();
  assertEquals([roster.ids.size, roster.get("a")], [0, undefined]);
  join(roster, "a");
  assertEquals([...roster.ids], ["a"]);
});

Deno.test("a wait ends when enough subscribers were seen after its beginning", async () => {
  const roster = rosterOf("before");
  const [one, two] = [roster.wait(FOR_EVER), roster.wait(FOR_EVER)];
  one.until(1);
  two.until(2);
  assertEquals(await stillPending(one.result, 0), true);
  roster.seen("before");
  assertEquals(await one.result, true);
  roster.seen("before");
  assertEquals(await stillPending(two.result, 0), true);
  roster.seen("b");
  assertEquals(await two.result, true);
  two.until(3);
  assertEquals(
    two.shortfall(["b", "c", "d"]),
    "Only 2 of 3 subscribers joined in time; missing: c, d",
  );
});

Deno.test("a wait does not count subscribers that were removed", async () => {
  const roster = rosterOf("a", "b");
  const wait = roster.wait(FOR_EVER);
  roster.seen("a");
  roster.seen("b");
  roster.remove("a");
  roster.clear();
  wait.until(1);
  assertEquals(await stillPending(wait.result, 0), true);
  roster.seen("c");
  assertEquals(await wait.result, true);
});

Deno.test("fail() rejects every wait except one that has left", async () => {
  const roster = rosterOf();
  const waits = [roster.wait(FOR_EVER), roster.wait(FOR_EVER)];
  const left = roster.wait(FOR_EVER);
  assertEquals(roster.isAwaited, true);
  roster.leave(left);
  const cause = new Error("lost");
  const failures = waits.map((wait) => assertRejects(() => wait.result));
  roster.fail(cause);
  assertEquals(await Promise.all(failures), [cause, cause]);
  assertEquals(await stillPending(left.result, 0), true);
});

Deno.test("a wait ends at its timeout, even before until() sets its number", async () => {
  using time = new FakeTime();
  const roster = rosterOf();
  const waits = [roster.wait({ timeout: 100 }), roster.wait({ timeout: 100 })];
  waits[0]!.until(2);
  roster.seen("a");
  time.tick(100);
  roster.seen("b");
  for (const wait of waits) {
    wait.until(0);
    assertEquals(await wait.result, false);
  }
  assertEquals(time.pending, 0);
});

Deno.test("a wait for zero subscribers ends at once", async () => {
  const wait = rosterOf().wait(FOR_EVER);
  wait.until(0);
  assertEquals(await wait.result, true);
});

Deno.test("a wait is rejected when its signal aborts, and a wait that leaves releases signal and timer", async () => {
  using time = new FakeTime();
  const roster = rosterOf();
  const reason = new Error("enough");
  const abort = new AbortController();
  const bounds = { timeout: 100, signal: abort.signal };
  const wait = roster.wait(bounds);
  const released = roster.wait(bounds);
  roster.leave(released);
  const failure = assertRejects(() => wait.result);
  abort.abort(reason);
  roster.leave(wait);
  assertEquals(time.pending, 0);
  assertEquals(await failure, reason);
  // A wait that still listened to the signal would have been rejected by now.
  released.until(0);
  assertEquals(await released.result, true);
});

Deno.test("a subscriber takes over the extensions of its processes", () => {
  const subscriber = new Subscriber("a");
  assertEquals([subscriber.namesSignals, subscriber.current], [
    false,
    undefined,
  ]);
  assertEquals(subscriber.join({ inc: "i1", alive: true }), true);
  assertEquals(subscriber.join({ inc: "i1", alive: false }), false);
  assertEquals(subscriber.current?.alive, false);
  assertEquals(subscriber.join({ inc: "i2", alive: true }), true);
  assertEquals(subscriber.incarnations.map(({ inc }) => inc), ["i1", "i2"]);
  assertEquals(subscriber.join({}), false);
  assertEquals(subscriber.namesSignals, true);
});

Deno.test("the process that joined last is current until another one is preferred or the current one is dropped", () => {
  const subscriber = new Subscriber("a");
  for (const inc of ["i1", "i2", "i3"]) subscriber.join({ inc });
  assertEquals(subscriber.current?.inc, "i3");
  assertEquals(subscriber.prefer("i3"), false);
  assertEquals(subscriber.prefer("gone"), false);
  assertEquals(subscriber.prefer("i1"), true);
  assertEquals(subscriber.current?.inc, "i1");
  subscriber.drop("i1");
  subscriber.drop("gone");
  assertEquals(subscriber.current?.inc, "i3");
});

Deno.test("a snapshot is the same object until the roster changes, and is immutable", () => {
  const roster = rosterOf("a", "ours");
  const before = roster.snapshot;
  assertStrictEquals(roster.snapshot, before);
  assertEquals([before.owing.size, before.unnamed], [2, 1]);
  join(roster, "b");
  roster.get("ours")!.join({ inc: "i2" });
  roster.changed();
  const { owing, unnamed } = roster.snapshot;
  assertEquals([owing.size, unnamed], [3, 2]);
  assertEquals(owing.get("ours")?.current?.inc, "i2");
  assertEquals(before.owing.get("ours")?.current?.inc, "i1");
  roster.clear();
  assertEquals([before.owing.size, roster.snapshot.owing.size], [2, 0]);
});

Deno.test("without tickets, every process has an order key of its own and none names signals", () => {
  const roster = new Roster(false);
  join(roster, "a");
  join(roster, "ours");
  const { owing, unnamed } = roster.snapshot;
  assertEquals(unnamed, 2);
  const keys = [...owing.values()].map(({ orderKey }) => orderKey);
  assertEquals(keys, ["a", "ours i1"]);
  assertEquals(keys.map((key) => roster.hasOrderKey(key)), [true, true]);
  assertEquals(roster.hasOrderKey("b i1"), false);
});
