/**
 * At most one function runs at a time, and all parties get the same result. The
 * tests take every order of steps of a few parties, with a bound on how many
 * steps come out of turn, and random orders of more parties, and hold each call
 * against an oracle that reads the whole log. `run.ts` goes deeper.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  isWaiting,
  type OnceCaller,
  OnceWorld,
  TAKEOVER,
} from "../../support/once_world.ts";
import type { OnceDuty } from "../../../src/signals/once/duty.ts";
import { OnceState } from "../../../src/signals/once/state.ts";
import { exploreOnce } from "./play.ts";
import { FAULTS } from "./faults.ts";
import { walkOnce, type Walks } from "./walk.ts";

const AB = ["a", "b"];
const ABC = ["a", "b", "c"];

/** A world in which all parties are there, and the function of one runs. */
function running(parties: readonly string[]) {
  const world = new OnceWorld(new Set(parties));
  for (const party of parties) world.call(party);
  settle(world);
  const runner = world.calls.find(({ functions }) => functions.length > 0)!;
  return { world, runner };
}

Deno.test("two parties get the value in every order of steps, with two late messages", () => {
  const { ends, states } = exploreOnce(AB, { late: 2 });
  assertEquals(Object.keys(ends), ["value"]);
  assert(states > 1_000, `${states} states`);
});

Deno.test("three parties get the value in every order of steps", () => {
  const { ends, states } = exploreOnce(ABC, { late: 0 });
  assertEquals(Object.keys(ends), ["value"]);
  assert(states > 1_000, `${states} states`);
});

Deno.test("parties that run one function after the other get each value", () => {
  const { ends } = exploreOnce(AB, { late: 0, looping: AB });
  assertEquals(Object.keys(ends), ["value"]);
});

Deno.test("a party whose link is lost once gets the value in every order of steps", () => {
  const { ends } = exploreOnce(AB, { late: 0, cut: ["a"], ticks: 8 }, 2);
  assertEquals(Object.keys(ends), ["value"]);
});

for (const names of [AB, ABC]) {
  for (const [what, faults] of Object.entries(FAULTS)) {
    Deno.test(`one function runs at a time and ${names.length} parties agree if ${what}`, () => {
      for (const slow of [false, true]) {
        const all = { late: 1, ticks: 6, beats: 2, slow, ...faults };
        const { states } = exploreOnce(names, all, 1);
        assert(states > 250, `${states} states`);
      }
    });
  }
}

Deno.test("2 to 5 parties with every fault agree with the whole log in 1000 random orders", () => {
  const walks: Walks = { ends: {}, overlaps: 0 };
  for (let seed = 1; seed <= 1_000; seed++) walkOnce(seed, walks);
  for (const end of ["value", "error", "not run", "unknown", "dead"]) {
    assert(walks.ends[end]! > 30, `${end}: ${walks.ends[end]}`);
  }
  assert(walks.overlaps > 0, "no function ignored its signal");
});

Deno.test("a party takes over when it has heard no sign for takeoverAfter, and the signal of a mute runner aborts after half of it", () => {
  const world = new OnceWorld(new Set(AB));
  const [a, b] = AB.map((party) => world.call(party)) as [
    OnceCaller,
    OnceCaller,
  ];
  settle(world);
  const [runner, other] = a.functions.length > 0 ? [a, b] : [b, a];
  world.cut(runner);
  const states: [boolean, number][] = [];
  for (let n = 0; n < TAKEOVER; n++) {
    states.push([runner.functions[0]!.isAborted, other.functions.length]);
    world.tick();
    settle(world);
  }
  states.push([runner.functions[0]!.isAborted, other.functions.length]);
  assertEquals(states, [[false, 0], [false, 0], [true, 0], [true, 0], [
    true,
    1,
  ]]);
});

Deno.test("a runner whose link is back in time goes on, although every party lost its link", () => {
  const world = new OnceWorld(new Set(AB));
  for (const party of AB) world.call(party);
  settle(world);
  for (const call of world.calls) world.cut(call);
  world.tick();
  for (const call of world.calls) world.heal(call);
  settle(world);
  const runner = world.calls.find(({ functions }) => functions.length > 0)!;
  assertEquals(runner.functions[0]!.isAborted, false);
  world.settle(runner, runner.functions[0]!, false);
  settle(world);
  world.check();
  assertEquals(world.calls.map(({ state }) => state.decision?.kind), [
    "settled",
    "settled",
  ]);
});

Deno.test("a runner that may have missed its own result does not tell how the meeting stands", () => {
  const { world, runner } = running(ABC);
  const other = world.calls.find((call) => call !== runner)!;
  world.settle(runner, runner.functions[0]!, false);
  const isResult = ({ body }: OnceDuty) => body.kind === "result";
  world.perform(runner, world.duties(runner).find(isResult)!);
  for (const call of [runner, other]) world.cut(call);
  world.append(runner);
  for (const call of [other, runner]) {
    world.heal(call);
    world.perform(call, world.duties(call)[0]!);
    world.append(call);
    while (world.canRead(call)) world.read(call);
  }
  const said = world.duties(runner).map(({ body }) => body.kind);
  assertEquals(said, ["result"]);
  settle(world);
  world.check();
  assert(world.calls.every(({ state }) => state.decision?.kind === "settled"));
});

Deno.test("a process that is started again gets the result while the others wait for it", () => {
  const { world, runner } = running(ABC);
  const victim = world.calls.find((call) => call !== runner)!;
  world.kill(victim);
  world.settle(runner, runner.functions[0]!, false);
  settle(world);
  assert(isWaiting(runner));
  const again = world.call(victim.party);
  settle(world);
  assertEquals(again.state.decision?.kind, "settled");
  assertEquals(runner.state.decision, again.state.decision);
});

Deno.test("a function that ended after its signal had aborted counts if no other party took over", () => {
  const { world, runner } = running(AB);
  world.block(runner, true);
  world.tick();
  world.tick();
  world.block(runner, false);
  assert(runner.functions[0]!.isAborted);
  world.settle(runner, runner.functions[0]!, false);
  settle(world);
  assertEquals(runner.state.decision?.kind, "settled");
  assertEquals(world.calls.flatMap(({ functions }) => functions).length, 1);
});

Deno.test("a function that throws because it had to stop is run by the next party at once", () => {
  const { world, runner } = running(AB);
  world.block(runner, true);
  world.tick();
  world.tick();
  world.block(runner, false);
  world.settle(runner, runner.functions[0]!, true);
  settle(world);
  assertEquals(world.calls.flatMap(({ functions }) => functions).length, 2);
  assertEquals(runner.state.decision, undefined);
});

Deno.test("a party whose function ignores its signal does not claim again before that function has ended", () => {
  const { world, runner } = running(AB);
  const other = world.calls.find((call) => call !== runner)!;
  world.cut(runner);
  for (let n = 0; n < TAKEOVER; n++) {
    world.tick();
    settle(world);
  }
  assertEquals(other.functions.length, 1);
  world.heal(runner);
  settle(world);
  world.kill(other);
  for (let n = 0; n < TAKEOVER; n++) world.tick();
  const due = () => world.duties(runner).map(({ body }) => body.kind);
  assertEquals(due(), []);
  world.settle(runner, runner.functions[0]!, true);
  assertEquals(due(), ["claim"]);
});

Deno.test("a party that has had the result and calls again waits for the next time, although others still wait for a third one", () => {
  const { world, runner } = running(ABC);
  const [victim, other] = world.calls.filter((call) => call !== runner);
  world.kill(victim!);
  world.settle(runner, runner.functions[0]!, false);
  settle(world);
  for (let n = 0; n < TAKEOVER / 2; n++) world.tick();
  world.end(other!);
  const [next, again] = [other!, victim!].map(({ party }) => world.call(party));
  settle(world);
  assertEquals(again!.state.decision?.kind, "settled");
  assert(isWaiting(next!) && !next!.state.lingers);
});

Deno.test("a party whose link is lost while the others agree learns that the meeting never came about, and meets them again", () => {
  const world = new OnceWorld(new Set(ABC));
  const [a, b] = ABC.map((party) => world.call(party));
  const has = (call: OnceCaller, kind: string) =>
    world.duties(call).find(({ body }) => body.kind === kind);
  settle(world, () => has(b!, "ready") !== undefined);
  if (has(a!, "ready") !== undefined) {
    world.perform(a!, has(a!, "ready")!);
    world.append(a!);
  }
  world.cut(a!);
  assert(a!.state.doubtful);
  world.heal(a!);
  settle(world);
  assert(!a!.state.doubtful);
  assertEquals(world.calls.flatMap(({ functions }) => functions).length, 1);
});

Deno.test("a call that doubts one meeting agrees to no other one, and takes no result of it", () => {
  const state = new OnceState({
    id: "a0",
    party: "a",
    round: "0",
    parties: new Set(AB),
    takeoverAfter: TAKEOVER,
    now: () => 0,
  });
  const enter = () => {
    const entry = state.perform(state.duties[0]!);
    state.take(entry);
    return entry.mid;
  };
  enter();
  const b = { round: "0", id: "b0" };
  state.take({ kind: "join", ...b, mid: "b0/1", party: "b" });
  const members = [["a0", "a"], ["b0", "b"]] as const;
  const start = { kind: "start", ...b, mid: "b0/2", members } as const;
  state.take({ ...start, after: "b0/1" });
  state.lost();
  const status = {
    kind: "state",
    ...b,
    owed: AB,
    claim: ["c", "b0", "b"],
    outcome: { json: "1" },
  } as const;
  const after = enter();
  state.take({ ...start, mid: "b0/3", after });
  assertEquals(state.duties, []);
  state.take({ ...status, mid: "b0/4", after: "b0/3", meeting: "b0/0" });
  assert(state.doubtful && !state.lingers);
  state.take({ ...status, mid: "b0/5", after: "b0/4", meeting: "b0/2" });
  assert(!state.doubtful && state.lingers);
});

/** Lets every call read and say all there is, in turn. */
function settle(world: OnceWorld, until = () => false): void {
  for (let goesOn = true; goesOn;) {
    goesOn = false;
    for (const call of world.calls) {
      while (world.canRead(call)) world.read(call);
      const duty = world.duties(call)[0];
      if (duty === undefined || until()) continue;
      world.perform(call, duty);
      world.append(call);
      goesOn = true;
    }
  }
}
