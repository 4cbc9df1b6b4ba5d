/**
 * Every interleaving of a few parties, and random ones of more, with values, with
 * a quorum and with faults.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BarrierState } from "../../../src/signals/barrier/state.ts";
import { explore, walk } from "../../support/barrier_play.ts";
import { BarrierWorld, type Call } from "../../support/barrier_world.ts";
import { Random } from "../../support/random.ts";
import { EXPLORATIONS, namesOf, someFaults, WALKS } from "./explorations.ts";

for (const [what, exploration] of Object.entries(EXPLORATIONS)) {
  const { options, names, faults, atEnd, isLong = false } = exploration;
  Deno.test({
    name: `every interleaving decides the same: ${what}`,
    ignore: isLong, // `deno task barriers` plays these
    fn() {
      assert(explore(options, names, faults, atEnd) > 20);
    },
  });
}

for (
  const what of [
    "two of three parties with one fault",
    "two parties that hand in large values, of which one calls twice",
    "three parties that hand in large values",
  ]
) {
  Deno.test(`enough of the orders come to the same ends as all of them: ${what}`, () => {
    const { options, names, faults } = EXPLORATIONS[what]!;
    const play = (isFull: boolean) => {
      const ends = new Set<string>();
      const note = ({ log, times, calls }: BarrierWorld) => {
        const fates = calls.map(({ id, dead, state }) =>
          [id, dead, state.decision] as const
        );
        ends.add(JSON.stringify([log, times, fates]));
      };
      return { ends, states: explore(options, names, faults, note, isFull) };
    };
    const enough = play(false);
    const all = play(true);
    assertEquals(enough.ends, all.ends);
    assert(enough.states < all.states, `${enough.states} of ${all.states}`);
  });
}

for (const [what, options] of Object.entries(WALKS)) {
  Deno.test(`1000 random orders agree with the whole log: ${what}`, () => {
    const names = namesOf(options);
    let opened = 0;
    for (let seed = 1; seed <= 1_000; seed++) {
      const random = new Random(seed);
      const faults = someFaults(names, random);
      opened += walk(options, names, faults, random).openings.length;
    }
    assert(opened > 100, `${opened} openings`);
  });
}

Deno.test("newcomers share out who speaks first, and a senior call answers several at once", () => {
  let now = 0;
  const state = new BarrierState({
    id: "x",
    party: "x",
    parties: 1_000,
    round: "0",
    now: () => now,
    random: () => 1,
  });
  state.take(state.enter());
  const arrive = (n: number) =>
    state.take({
      kind: "arrive",
      round: "0",
      mid: `${n}/1`,
      id: `${n}`,
      party: `${n}`,
    });
  for (let n = 0; n < 99; n++) arrive(n);
  assertEquals(state.duty?.delay, 2_050);
  now = 600;
  assertEquals(state.duty?.delay, 20);
});

Deno.test("a call was alone if half a second passed without an answer since the last arrival", () => {
  let now = 0;
  const common = { round: "0", parties: 3, now: () => now };
  const state = new BarrierState({ ...common, id: "x", party: "x" });
  state.take(state.enter());
  now = 400;
  state.take({ kind: "arrive", round: "0", mid: "y/1", id: "y", party: "y" });
  const isPartial = () => {
    const said = state.perform(state.duty!);
    return said.kind === "state" && said.partial === true;
  };
  now = 600;
  assert(isPartial());
  now = 900;
  assert(!isPartial());
});

Deno.test("calls of which none knows all values ask each other before one opens", () => {
  const round = "0";
  const create = (id: string, value?: string) =>
    new BarrierState({ id, party: id, parties: 3, round, few: 0, value });
  const [x, y] = [create("x", "1"), create("y", "2")] as const;
  const [heardByX, heardByY] = [x.enter(), y.enter()];
  for (const entry of [heardByX, heardByY]) x.take(entry);
  y.take(heardByY);
  // A third call, which has died since, told both of all, but told its value to one only.
  const members = [["z", "z"], ["x", "x"], ["y", "y"]] as const;
  const after = heardByY.mid;
  const state = { kind: "state", round, id: "z", after, members } as const;
  x.take({ ...state, mid: "z/2", values: [true, true, true] });
  y.take({ ...state, mid: "z/2", values: ["3", true, true] });
  const say = (from: BarrierState) => {
    const { duty } = from;
    const message = from.perform(duty!);
    for (const each of [x, y]) each.take(message);
    return duty!.kind;
  };
  assertEquals([say(x), say(y)], ["ask", "state"]);
  assertEquals(say(x), "open");
  for (const { decision } of [x, y]) {
    assertEquals(decision?.kind === "opened" && decision.values, [
      "3",
      "1",
      "2",
    ]);
  }
});

Deno.test("a call whose link was lost tells its value again when it is back", () => {
  const round = "0";
  const x = new BarrierState({ id: "x", party: "x", parties: 2, round });
  x.take(x.enter());
  const y = { round, id: "y", party: "y" };
  x.take({ ...y, kind: "back", mid: "y/2", heard: [], value: "1" });
  // A call of an older version counts both, and tells no values.
  const members = [["x", "x"], ["y", "y"]] as const;
  const claim = { kind: "state", round, mid: "z/2", id: "z", members } as const;
  x.take({ ...claim, after: "y/2" });
  const said = x.perform(x.duty!);
  assertEquals(said.kind === "open" && said.values, [null, "1"]);
});

Deno.test("a newcomer's state is no proof that a call knows all others", () => {
  const world = new BarrierWorld({ parties: 4 });
  const [z, a, b, c] = ["z", "a", "b", "c"].map((party) => world.call(party));
  const waiting = [a!, b!, c!];
  const say = (call: Call) => {
    const { duty } = call.state;
    if (duty !== undefined) call.outbox.push(call.state.perform(duty));
  };
  const hear = (...calls: Call[]) => {
    for (const call of calls) while (world.canRead(call)) world.read(call);
  };
  const publish = (...calls: Call[]) => {
    for (const call of calls) {
      while (call.outbox.length > 0) world.append(call);
    }
  };
  publish(z!, ...waiting);
  hear(...waiting);
  for (const call of [b!, a!]) say(call);
  publish(b!, a!);
  hear(...waiting);
  for (const call of waiting) world.cut(call);
  // All of them are in doubt now, and the one that they do not know opens with them.
  hear(z!);
  say(z!);
  publish(z!);
  hear(z!);
  assertEquals(z!.state.decision?.kind, "opened");
  for (const call of waiting) world.heal(call);
  for (let n = 0; n < 4; n++) {
    publish(...waiting);
    hear(...waiting);
    for (const call of waiting) say(call);
  }
  assert(waiting.every(({ state }) => state.doubtful));
});
