import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Roster } from "../../../src/signals/exporter/roster.ts";
import { stillPending } from "../../support/still_pending.ts";

const FOR_EVER = { timeout: Infinity };

Deno.test("a roster holds each subscriber once, in the order of joining", () => {
  const roster = new Roster();
  assertEquals(["b", "a", "b"].map((id) => roster.add(id)), [
    true,
    true,
    false,
  ]);
  assertEquals([...roster.members], ["b", "a"]);
  roster.clear();
  assertEquals(roster.members.size, 0);
  assertEquals(roster.add("a"), true);
});

Deno.test("each wait ends when there are enough for it", async () => {
  const roster = new Roster();
  roster.add("a");
  const [one, two] = [roster.wait(FOR_EVER), roster.wait(FOR_EVER)];
  one.until(1);
  two.until(2);
  assertEquals(await one.result, true);
  roster.add("a");
  assertEquals(await stillPending(two.result, 0), true);
  roster.add("b");
  assertEquals(await two.result, true);
});

Deno.test("a wait counts who is there, not who has been", async () => {
  const roster = new Roster();
  roster.add("a");
  const wait = roster.wait(FOR_EVER);
  roster.clear();
  wait.until(1);
  assertEquals(await stillPending(wait.result, 0), true);
  roster.add("b");
  assertEquals(await wait.result, true);
});

Deno.test("every wait ends with an error where there is one, but not those that left", async () => {
  const roster = new Roster();
  const waits = [roster.wait(FOR_EVER), roster.wait(FOR_EVER)];
  const left = roster.wait(FOR_EVER);
  roster.leave(left);
  const cause = new Error("lost");
  const failures = waits.map((wait) => assertRejects(() => wait.result));
  roster.fail(cause);
  assertEquals(await Promise.all(failures), [cause, cause]);
  assertEquals(await stillPending(left.result, 0), true);
});

Deno.test("a roster knows of each subscriber what it said of itself last", () => {
  const roster = new Roster();
  roster.add("a");
  const peer = roster.peer("a")!;
  assertEquals([peer.correlates, peer.alive], [false, false]);
  peer.learn({ alive: true });
  assertEquals([peer.correlates, peer.alive], [true, true]);
  peer.learn({});
  assertEquals([peer.correlates, peer.alive], [true, false]);
  peer.learn(undefined);
  assertEquals([peer.correlates, peer.alive], [false, false]);
  assertEquals(roster.peer("b"), undefined);
});

Deno.test("those can be found who name what they answer, as it changes", () => {
  const roster = new Roster();
  for (const id of ["a", "b", "c"]) roster.add(id);
  roster.peer("a")!.learn({});
  roster.peer("c")!.learn({});
  const before = roster.correlating;
  assertEquals(before, new Set(["a", "c"]));
  roster.peer("a")!.learn(undefined);
  roster.peer("b")!.learn({});
  assertEquals(roster.correlating, new Set(["b", "c"]));
  roster.remove("c");
  assertEquals(roster.correlating, new Set(["b"]));
  roster.clear();
  assertEquals([roster.correlating.size, before.size], [0, 2]);
});

Deno.test("who is taken off is forgotten, and no wait counts it", async () => {
  const roster = new Roster();
  roster.add("a");
  roster.peer("a")!.misses = 3;
  const wait = roster.wait(FOR_EVER);
  assertEquals([roster.remove("a"), roster.remove("a")], [true, false]);
  wait.until(1);
  assertEquals(await stillPending(wait.result, 0), true);
  roster.add("a");
  assertEquals(await wait.result, true);
  assertEquals(roster.peer("a")!.misses, 0);
});

Deno.test("those who are there now are one set until they change, and it never does", () => {
  const roster = new Roster();
  roster.add("a");
  const before = roster.current;
  roster.add("a");
  assertStrictEquals(roster.current, before);
  roster.add("b");
  assertEquals([before, roster.current], [new Set(["a"]), new Set(["a", "b"])]);
  roster.remove("a");
  assertEquals(roster.current, new Set(["b"]));
  roster.clear();
  assertEquals([before, roster.current], [new Set(["a"]), new Set()]);
});
