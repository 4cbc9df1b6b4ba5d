import { assertEquals } from "@std/assert";
import { Membership } from "../../../src/signals/exporter/membership.ts";
import type { Process } from "../../../src/signals/exporter/inbox/peer_inboxes.ts";
import {
  type MissingReason,
  PublishResult,
} from "../../../src/signals/exporter/publish_result.ts";
import { PublishingHalf } from "./parts.ts";

function fixture({ evictAfterMisses = Infinity, evictsLost = false } = {}) {
  const half = new PublishingHalf();
  const target = new EventTarget();
  const told: unknown[][] = [];
  for (const type of ["subscribe", "unsubscribe", "id-conflict"]) {
    target.addEventListener(type, (event) => {
      const { responderId, reason, incarnations } =
        (event as CustomEvent).detail;
      told.push([type, responderId, reason ?? incarnations].slice(
        0,
        type === "subscribe" ? 2 : 3,
      ));
    });
  }
  const calls: string[] = [];
  const note = (what: string) => ({ responderId, inc }: Process) =>
    void calls.push(`${what} ${responderId} ${inc}`);
  const membership = new Membership({
    target,
    roster: half.roster,
    inFlight: half.inFlight,
    evictAfterMisses,
    evictsLost,
    namesSignals: (responderId) => responderId === "ours",
    meet: note("meet"),
    ping: note("ping"),
    heard: note("heard"),
    forget: note("forget"),
  });
  return { membership, half, roster: half.roster, told, calls };
}

/** The result of a publish with the fields that decide on eviction. */
function resultOf(
  answered: readonly string[],
  missing: Record<string, MissingReason>,
): PublishResult {
  return new PublishResult({
    code: 2,
    ok: false,
    waited: true,
    acks: new Map(answered.map((id) => [id, { name: id, ras: 1, latency: 1 }])),
    missing: new Map(Object.entries(missing)),
    messages: {},
    receivers: 1,
    elapsed: 1,
  });
}

Deno.test('a subscriber that joins twice dispatches "subscribe" once, and its extension is taken over', () => {
  const { membership, roster, told, calls } = fixture();
  membership.expect("a");
  membership.expect("a");
  membership.join("a", { inc: "i1", alive: true });
  membership.join("b");
  membership.join("a", { inc: "i1", alive: true });
  assertEquals(told, [["subscribe", "a"], ["subscribe", "b"]]);
  assertEquals(roster.get("a")!.current?.alive, true);
  assertEquals(roster.get("b")!.namesSignals, false);
  assertEquals(calls, ["meet a i1"]);
});

Deno.test("an expected responder that has named signals before counts among the subscribers that name signals", () => {
  const { membership, roster } = fixture();
  membership.expect("ours");
  membership.expect("r");
  assertEquals(roster.snapshot.unnamed, 1);
});

Deno.test("a responder that returns is a subscriber only if it was one before", () => {
  const { membership, roster, told } = fixture();
  membership.join("a", { inc: "i1", alive: true });
  const back = { inc: "i1", alive: false, back: true };
  assertEquals(membership.returned("a", back), true);
  assertEquals(roster.get("a")!.current?.alive, false);
  assertEquals(membership.returned("b", back), false);
  assertEquals([...roster.ids], ["a"]);
  assertEquals(told, [["subscribe", "a"]]);
});

Deno.test('a subscriber that leaves is missing as "left" and dispatches "unsubscribe" once', async () => {
  const { membership, half, roster, told } = fixture();
  membership.join("a", { inc: "i1" });
  membership.join("b");
  const publishing = half.publish("start");
  membership.leave("a", "i1");
  membership.leave("a", "i1");
  membership.leave("b", undefined);
  assertEquals(
    (await publishing).missing,
    new Map([["a", "left"], ["b", "left"]]),
  );
  assertEquals(roster.ids.size, 0);
  assertEquals(told.slice(2), [
    ["unsubscribe", "a", "left"],
    ["unsubscribe", "b", "left"],
  ]);
});

Deno.test("a leave of a process that has not joined keeps the expected subscriber", () => {
  const { membership, roster, told } = fixture();
  membership.expect("a");
  membership.leave("a", "i1");
  assertEquals([...roster.ids], ["a"]);
  membership.join("a", { inc: "i2" });
  membership.leave("a", "i1");
  assertEquals([...roster.ids], ["a"]);
  membership.leave("a", "i2");
  assertEquals(told, [["subscribe", "a"], ["unsubscribe", "a", "left"]]);
});

Deno.test("a publish whose turn begins with the removal of a subscriber does not wait for that subscriber", async () => {
  const { membership, half } = fixture();
  membership.join("a");
  membership.join("b");
  const first = half.publish("start");
  const second = half.publish("start", { timeout: 500 });
  half.answer("start", "b", 1);
  membership.remove("a");
  assertEquals((await first).missing, new Map([["a", "removed"]]));
  half.answer("start", "b", 1);
  const { acks, missing } = await second;
  assertEquals([[...acks.keys()], missing.size], [["b"], 0]);
});

Deno.test("a process that has left does not join again, but another process of its id does", () => {
  const { membership, roster } = fixture();
  membership.join("a", { inc: "i1" });
  membership.leave("a", "i1");
  membership.join("a", { inc: "i1" });
  assertEquals(roster.ids.size, 0);
  membership.join("a", { inc: "i2" });
  assertEquals(roster.get("a")?.current?.inc, "i2");
  assertEquals(membership.returned("a", { inc: "i1" }), false);
});

Deno.test("the leave of a replaced process keeps its successor", async () => {
  const { membership, half, roster, told } = fixture();
  membership.join("ours", { inc: "i1" });
  const first = half.publish("start", { timeout: 0 });
  membership.join("ours", { inc: "i2" });
  const second = half.publish("start", { timeout: 0 });
  membership.leave("ours", "i1");
  assertEquals([...roster.ids], ["ours"]);
  // The successor may still answer both signals: it joined before the first process left.
  for (const each of [first, second]) {
    assertEquals((await each).missing.get("ours"), "timeout");
  }
  assertEquals(told, [["subscribe", "ours"]]);
  membership.leave("ours", "i2");
  assertEquals(roster.ids.size, 0);
});

Deno.test('a publish misses the current process of an id as "left" though an older process remains', async () => {
  const { membership, half, roster } = fixture();
  for (const inc of ["i1", "i2"]) membership.join("ours", { inc });
  const publishing = half.publish("start");
  membership.leave("ours", "i2");
  assertEquals((await publishing).missing.get("ours"), "left");
  assertEquals(roster.get("ours")?.current?.inc, "i1");
});

Deno.test('two live processes of one id dispatch "id-conflict" once', () => {
  const { membership, told, calls } = fixture();
  membership.join("a", { inc: "i1", alive: true });
  membership.heard("a", "i1");
  membership.heard("a", "a process that has not joined");
  membership.join("a", { inc: "i2", alive: true });
  assertEquals(calls, ["meet a i1", "heard a i1", "ping a i1", "meet a i2"]);
  membership.heard("a", "i2");
  assertEquals(told.length, 1);
  membership.heard("a", "i1");
  membership.heard("a", "i1");
  assertEquals(told.slice(1), [["id-conflict", "a", ["i1", "i2"]]]);
});

Deno.test('a lost subscriber is missing as "lost", and leaves the roster only with `evictsLost`', async () => {
  for (const evictsLost of [false, true]) {
    const { membership, half, roster, told } = fixture({ evictsLost });
    membership.join("ours", { inc: "i1", alive: true });
    const publishing = half.publish("start");
    membership.lost({ responderId: "ours", inc: "other" });
    membership.lost({ responderId: "ours", inc: "i1" });
    assertEquals((await publishing).missing.get("ours"), "lost");
    assertEquals(roster.ids.size, evictsLost ? 0 : 1);
    assertEquals(
      told.slice(1),
      evictsLost ? [["unsubscribe", "ours", "lost"]] : [],
    );
  }
});

Deno.test("of two processes of one id the lost one is removed and the other one remains", async () => {
  const { membership, half, roster, calls } = fixture({ evictsLost: true });
  for (const inc of ["i1", "i2"]) membership.join("ours", { inc, alive: true });
  const publishing = half.publish("start");
  membership.lost({ responderId: "ours", inc: "i2" });
  assertEquals((await publishing).missing.get("ours"), "lost");
  assertEquals(roster.get("ours")?.current?.inc, "i1");
  assertEquals(calls.at(-1), "forget ours i2");
});

Deno.test("a process that returns after its loss does not replace its successor", () => {
  const { membership, roster } = fixture();
  for (const inc of ["i1", "i2"]) membership.join("a", { inc, alive: true });
  membership.lost({ responderId: "a", inc: "i1" });
  membership.returned("a", { inc: "i1", alive: true, back: true });
  const incsOf = () => roster.get("a")!.incarnations.map(({ inc }) => inc);
  assertEquals(incsOf(), ["i1", "i2"]);
  membership.lost({ responderId: "a", inc: "i2" });
  assertEquals(incsOf(), ["i1"]);
  membership.join("a", { inc: "i2", alive: true });
  membership.join("a", { inc: "i3", alive: true });
  assertEquals(incsOf(), ["i1", "i2", "i3"]);
});

Deno.test('a subscriber that is removed is missing as "removed"', async () => {
  const { membership, half, roster, told } = fixture();
  membership.join("r");
  const publishing = half.publish("start");
  assertEquals(membership.remove("r"), true);
  assertEquals(membership.remove("r"), false);
  assertEquals((await publishing).missing.get("r"), "removed");
  assertEquals([roster.ids.size, told.at(-1)], [
    0,
    ["unsubscribe", "r", "removed"],
  ]);
});

Deno.test("a subscriber that misses two signals in a row is evicted, and an acknowledgement resets the count", () => {
  const { membership, roster, told } = fixture({ evictAfterMisses: 2 });
  membership.join("a");
  membership.join("b");
  membership.evict(resultOf([], { a: "timeout", b: "timeout" }));
  membership.evict(resultOf(["b"], { a: "unneeded" }));
  membership.evict(resultOf([], { a: "uncertain" }));
  membership.evict(resultOf([], { a: "unsent" }));
  // "disconnected" is no miss: the exporter's own link was down.
  membership.evict(resultOf([], { a: "disconnected" }));
  assertEquals(roster.ids.size, 2);
  membership.evict(resultOf([], { a: "lost", b: "timeout", gone: "timeout" }));
  assertEquals([...roster.ids], ["b"]);
  assertEquals(told.at(-1), ["unsubscribe", "a", "evicted"]);
  membership.join("a");
  assertEquals(roster.get("a")!.misses, 0);
});

Deno.test("clear() empties the roster without events and forgets every process", () => {
  const { membership, roster, told, calls } = fixture();
  membership.join("a", { inc: "i1", alive: true });
  membership.join("b");
  membership.clear();
  assertEquals([roster.ids.size, told.length], [0, 2]);
  assertEquals(calls.at(-1), "forget a i1");
});
