/**
 * What a call whose link was lost may conclude from the calls that are back.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BarrierDoubt } from "../../../src/signals/barrier/doubt.ts";
import type {
  Back,
  BarrierMessage,
} from "../../../src/signals/barrier/message.ts";
import { BarrierState } from "../../../src/signals/barrier/state.ts";
import type { Member } from "../../../src/signals/meeting/message.ts";
import { BarrierWorld, type Call } from "../../support/barrier_world.ts";

const round = "0";

/** A call of party `id` that is back. */
function backOf(id: string, known: string[], unsure: string[] = []): Back {
  const last = known.map(() => 1);
  const names = { round, mid: `${id}/2`, id, party: id };
  return { kind: "back", ...names, known, unsure, last, heard: [] };
}

/** What a call says that was not answered after these messages, and lost its link. */
function backAfter(...messages: BarrierMessage[]): Back {
  let now = 0;
  const options = { parties: 3, round, now: () => now };
  const x = new BarrierState({ id: "x", party: "x", ...options });
  for (const message of [x.enter(), ...messages]) x.take(message);
  now = 1_000;
  x.lost();
  return x.enter() as Back;
}

Deno.test("a call that loses its link again does not trust calls that were back before", () => {
  let now = 0;
  const parties = new Set(["a", "b", "c", "d"]);
  const world = new BarrierWorld({ parties, now: () => now });
  const calls = ["a", "b", "c"].map((party) => world.call(party));
  const [a, b, c] = calls as [Call, Call, Call];
  const say = (call: Call, kind: string) => {
    assertEquals(call.state.duty?.kind, kind);
    call.outbox.push(call.state.perform(call.state.duty!));
  };
  world.deliver();
  say(a, "state");
  world.deliver();
  now = 1_000; // each call knows all others by now
  for (const call of calls) world.cut(call);
  for (const call of [b, a]) {
    world.heal(call);
    world.deliver();
  }
  say(b, "back");
  world.deliver();
  world.cut(a);
  world.heal(c);
  world.deliver();
  // b has heard that both others are back; they lose their links, and b opens.
  world.cut(c);
  world.call("d");
  world.deliver();
  say(b, "open");
  world.deliver();
  assertEquals(b.state.decision?.kind, "opened");
  for (const call of [a, c]) world.heal(call);
  world.deliver();
  assert(a.state.doubtful && c.state.doubtful);
});

Deno.test("a call that was told a part only does not say that it knows all", () => {
  const x = new BarrierState({ id: "x", party: "x", parties: 3, round });
  const b = { kind: "state", round, id: "b" } as const;
  const members = [["b", "b"], ["x", "x"]] as const;
  const enter = () => {
    const entry = x.enter();
    x.take(entry);
    return entry;
  };
  const { mid } = enter();
  x.take({ ...b, mid: "b/2", after: mid, members });
  x.lost();
  const back = enter();
  assertEquals("known" in back && back.known, ["b"]);
  x.take({ ...b, mid: "b/3", after: back.mid, members, partial: true });
  assert(!x.doubtful);
  x.lost();
  assertEquals("known" in x.enter(), false);
});

Deno.test("a call says of which calls it knew that they were in doubt", () => {
  const { known, unsure, last } = backAfter(backOf("y", []));
  assertEquals([known, unsure, last], [["y"], ["y"], [2]]);
});

Deno.test("a call in doubt that is replaced is not waited for", () => {
  const again = { kind: "arrive", round, mid: "z/1", id: "z" } as const;
  const { known } = backAfter(backOf("y", []), { ...again, party: "y" });
  assertEquals(known, ["z"]);
});

Deno.test("calls that a witness does not count are waited for, and not counted", () => {
  const members: Member[] = [["b", "b"]];
  const roster = { members, doubtful: [] };
  const doubt = new BarrierDoubt("x", roster, new Map(), true);
  doubt.take(backOf("b", ["z"], ["z"]));
  assertEquals(doubt.witnesses, undefined);
  doubt.take(backOf("z", []));
  assertEquals(doubt.witnesses, [["b", "b"]]);
});

Deno.test("an entry that is not the last one of its call is no proof", () => {
  const members: Member[] = [["b", "b"]];
  const roster = { members, doubtful: [] };
  const doubt = new BarrierDoubt("x", roster, new Map([["b", 3]]), true);
  doubt.take(backOf("b", []));
  assertEquals(doubt.witnesses, undefined);
  doubt.take({ ...backOf("b", []), mid: "b/3" });
  assertEquals(doubt.witnesses, [["b", "b"]]);
});

Deno.test("a call that knew all knows all after a newcomer has told a part", () => {
  const x = new BarrierState({ id: "x", party: "x", parties: 4, round });
  const entry = x.enter();
  x.take(entry);
  const state = { kind: "state", round } as const;
  const members: Member[] = [["b", "b"], ["x", "x"]];
  x.take({ ...state, mid: "b/2", id: "b", after: entry.mid, members });
  x.take({ kind: "arrive", round, mid: "z/1", id: "z", party: "z" });
  const part: Member[] = [["x", "x"], ["z", "z"]];
  const told = { mid: "z/2", id: "z", after: "z/1", members: part } as const;
  x.take({ ...state, ...told, partial: true });
  x.lost();
  const back = x.enter();
  assertEquals("known" in back && back.known?.toSorted(), ["b", "z"]);
});
