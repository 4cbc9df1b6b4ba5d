/**
 * All parties that keep their link decide the same. The tests check every
 * interleaving of a few parties, and random interleavings of more parties,
 * against an oracle that reads the whole log.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BarrierState } from "../../../src/signals/barrier/state.ts";
import { explore, type Faults, walk } from "../../support/barrier_play.ts";
import { BarrierWorld, type Call } from "../../support/barrier_world.ts";
import { Random } from "../../support/random.ts";
import { someFaults } from "./explorations.ts";

function outcomes({ calls }: BarrierWorld): string[] {
  return calls.filter(({ dead, cuts }) => !dead && cuts === 0)
    .map(({ state }) => state.decision?.kind ?? "undecided");
}

function assertAllOpened(world: BarrierWorld): void {
  assertEquals(new Set(outcomes(world)), new Set(["opened"]));
}

/** All calls leave, or none does. */
function assertSame(world: BarrierWorld): void {
  const kinds = new Set(outcomes(world));
  assert(!kinds.has("opened") || kinds.size === 1, `${outcomes(world)}`);
}

const AB = new Set(["a", "b"]);
const EVERYBODY = ["a", "b", "c", "d"];

Deno.test("every interleaving of two parties opens the barrier for both", () => {
  explore({ parties: 2 }, ["a", "b"], {}, assertAllOpened);
});

Deno.test("every interleaving of three parties opens the barrier for all", () => {
  const names = ["a", "b", "c"];
  explore({ parties: new Set(names) }, names, {}, assertAllOpened);
});

const ALONE: Record<string, Faults> = {
  "one gives up": { impatient: ["a"] },
  "both give up": { impatient: ["a", "b"] },
  "one aborts and one gives up": { aborting: ["a"], impatient: ["b"] },
  "both abort": { aborting: ["a", "b"] },
  "one dies and one gives up": { mortal: ["a"], impatient: ["b"] },
  "one loses its link": { cut: ["a"] },
  "one loses its link and one aborts": { cut: ["a"], aborting: ["b"] },
  "both lose their links": { cut: ["a", "b"] },
};

for (const [what, faults] of Object.entries(ALONE)) {
  Deno.test(`two parties decide the same in every interleaving in which ${what}`, () => {
    for (const names of [["a", "b"], ["b", "a"]]) {
      explore({ parties: AB }, names, faults, assertSame);
    }
  });
}

const AGAIN: Record<string, Faults> = {
  "both call again after one gave up": {
    impatient: ["a"],
    retrying: ["a", "b"],
  },
  "both call again after one aborted": {
    aborting: ["a"],
    retrying: ["a", "b"],
  },
  "one dies and is started again": { mortal: ["a"], retrying: ["a"] },
  "one calls twice": { doubled: ["a"] },
};

for (const [what, faults] of Object.entries(AGAIN)) {
  Deno.test(`every call decides correctly in every interleaving in which ${what}`, () => {
    for (const names of [["a", "b"], ["b", "a"]]) {
      explore({ parties: AB }, names, faults, () => {});
    }
  });
}

Deno.test("every interleaving of two rounds of one generation opens both rounds for both parties", () => {
  const looping = { looping: ["a", "b"] };
  explore({ parties: AB }, ["a", "b"], looping, (world) => {
    assertAllOpened(world);
    assertEquals(world.calls.length, 4);
  });
});

const WANTED = {
  "any 3 of 4": 3,
  "4 counted": 4,
  "4 named": new Set(EVERYBODY),
};

for (const [how, parties] of Object.entries(WANTED)) {
  Deno.test(`${how} parties with every fault agree with the whole log in 3000 random orders`, () => {
    const tally: Record<string, number> = {};
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = new Random(seed);
      const values = random.pick(["few", undefined] as const);
      const options = values === undefined ? { parties } : { parties, values };
      const faults = someFaults(EVERYBODY, random);
      const { calls } = walk(options, EVERYBODY, faults, random);
      for (const { state: { decision } } of calls) {
        const outcome = decision?.kind === "failed"
          ? decision.reason
          : decision?.kind ?? "undecided";
        tally[outcome] = (tally[outcome] ?? 0) + 1;
      }
    }
    for (const outcome of ["opened", "timeout", "aborted", "disconnected"]) {
      assert(tally[outcome]! > 50, `${outcome}: ${tally[outcome]}`);
    }
  });
}

Deno.test("parties that lose their links together leave when all links are back, in 300 random orders", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const { world, waiting } = outage(random);
    const late = random.int(0, 30);
    for (let n = 0; n <= 30; n++) {
      if (n === late) world.call("d");
      const down = waiting.filter(({ read }) => read === undefined);
      if (down.length > 0 && random.chance(0.2)) world.heal(random.pick(down));
      step(world, random);
    }
    settle(world, random);
    for (const call of waiting) if (call.read === undefined) world.heal(call);
    settle(world, random);
    world.check();
    assertEquals(world.calls.map(({ state }) => state.decision?.kind), [
      "opened",
      "opened",
      "opened",
      "opened",
    ], `seed ${seed}`);
  }
});

Deno.test("parties stay in doubt after an outage while the link of one is not back", () => {
  const random = new Random(1);
  const { world, waiting } = outage(random);
  for (const call of waiting.slice(1)) world.heal(call);
  world.call("d");
  settle(world, random);
  assert(waiting.slice(1).every(({ state }) => state.doubtful));
});

Deno.test("the give-up of the lost party fails the parties in doubt with an unknown outcome", () => {
  const random = new Random(1);
  const { world, waiting } = outage(random);
  for (const call of waiting.slice(1)) world.heal(call);
  settle(world, random);
  const [lost] = waiting as [Call, Call, Call];
  lost.state.expire("timeout");
  world.log.push(lost.state.farewell()!);
  settle(world, random);
  for (const { state: { decision } } of waiting) {
    assert(decision?.kind === "failed" && decision.unknown);
  }
});

Deno.test("a call that knew a call which gave up without knowing of it gives up as well", () => {
  const world = new BarrierWorld({ parties: 3 });
  const senior = world.call("senior");
  const newcomer = world.call("newcomer");
  world.deliver();
  // The newcomer has heard of no other call yet.
  newcomer.state.expire("timeout");
  for (const call of [newcomer, senior]) {
    const { duty } = call.state;
    assertEquals(duty?.kind, "give-up");
    call.outbox.push(call.state.perform(duty!));
    world.deliver();
    const { decision } = call.state;
    assert(decision?.kind === "failed" && decision.by === "newcomer");
  }
});

Deno.test("a call whose link is lost for good takes others with it, but not where enough may leave without it", () => {
  for (const [atLeast, leaving] of [[undefined, true], [2, false]] as const) {
    const round = "0";
    const x = new BarrierState({
      id: "x",
      party: "x",
      parties: 3,
      round,
      atLeast,
    });
    x.take(x.enter());
    const y = { round, id: "y" } as const;
    x.take({ ...y, kind: "arrive", mid: "y/1", party: "y" });
    const why = { by: "y", reason: "disconnected", arrived: ["y"] } as const;
    x.take({ ...y, kind: "give-up", mid: "y/2", ids: ["y"], ...why });
    assertEquals(x.leaving, leaving);
  }
});

/** Three of four parties wait and know each other; then all three lose their links. */
function outage(random: Random): { world: BarrierWorld; waiting: Call[] } {
  let now = 0;
  const world = new BarrierWorld({
    parties: new Set(EVERYBODY),
    now: () => now,
  });
  const waiting = EVERYBODY.slice(0, 3).map((party) => world.call(party));
  settle(world, random);
  now = 1_000;
  for (const call of waiting) world.cut(call);
  return { world, waiting };
}

/** Takes a random step of a call; false if no call has a step to take. */
function step(world: BarrierWorld, random: Random): boolean {
  const steps: (() => void)[] = [];
  for (const call of world.calls) {
    const { outbox, state } = call;
    if (outbox.length > 0) steps.push(() => world.append(call));
    if (world.canRead(call)) steps.push(() => world.read(call));
    const { duty } = state;
    // A duty is performed only when the call has read and sent everything else.
    if (duty !== undefined && outbox.length === 0 && !world.canRead(call)) {
      steps.push(() => outbox.push(state.perform(duty)));
    }
  }
  if (steps.length === 0) return false;
  random.pick(steps)();
  return true;
}

function settle(world: BarrierWorld, random: Random): void {
  for (let n = 0; n < 1_000 && step(world, random);) n++;
}
