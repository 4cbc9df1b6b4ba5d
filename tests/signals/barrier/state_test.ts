/**
 * All parties that keep their link decide the same. The tests check every
 * interleaving of a few parties, and random interleavings of more parties,
 * against an oracle that reads the whole log.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  BarrierWorld,
  type Call,
  isWaiting,
  type WorldOptions,
} from "../../support/barrier_world.ts";
import { Random } from "../../support/random.ts";

/** One step that a world may take. */
interface Step {
  readonly name: string;
  take(): void;
}

/** The faults that may happen to the calls of each party. */
interface Faults {
  /** Parties whose timeout may end, at any time. */
  readonly impatient?: readonly string[];
  /** Parties that may abort, at any time. */
  readonly aborting?: readonly string[];
  /** Parties that may be killed, at any time. */
  readonly mortal?: readonly string[];
  /** Parties whose link may be lost once, at any time. */
  readonly cut?: readonly string[];
  /** Parties that call again when they failed. */
  readonly retrying?: readonly string[];
  /** Parties that call once more while they wait. */
  readonly doubled?: readonly string[];
  /** Parties that call again when the barrier opened. */
  readonly looping?: readonly string[];
}

/** A world and what happened so far, to be played again from the beginning. */
class Play {
  readonly world: BarrierWorld;
  readonly #faults: Faults;
  readonly #names: readonly string[];
  readonly #done = new Set<string>();

  constructor(
    options: WorldOptions,
    names: readonly string[],
    faults: Faults,
  ) {
    this.world = new BarrierWorld(options);
    this.#names = names;
    this.#faults = faults;
  }

  /**
   * The possible next steps, in a stable order. Parties make their first calls
   * one after the other.
   */
  get steps(): Step[] {
    const { world } = this;
    const steps: Step[] = [];
    const coming = this.#names.find((name) =>
      world.calls.every(({ party }) => party !== name)
    );
    if (coming !== undefined) {
      steps.push({ name: `${coming} calls`, take: () => world.call(coming) });
    }
    for (const call of world.calls) steps.push(...this.#stepsOf(call));
    return steps;
  }

  #stepsOf(call: Call): Step[] {
    const { world } = this;
    const { id, party, state, outbox } = call;
    const steps: Step[] = [];
    const once = (name: string, take: () => void) => {
      if (this.#done.has(name)) return;
      steps.push({
        name,
        take: () => {
          this.#done.add(name);
          take();
        },
      });
    };
    // Messages of a dead call may still be on their way.
    if (outbox.length > 0) {
      steps.push({ name: `${id} is heard`, take: () => world.append(call) });
    }
    if (!isWaiting(call)) {
      const { decision } = state;
      const again = decision?.kind === "opened"
        ? this.#faults.looping
        : this.#faults.retrying;
      if (again?.includes(party) && (decision !== undefined || call.dead)) {
        once(`${party} calls again`, () => world.call(party));
      }
      return steps;
    }
    if (world.canRead(call)) {
      steps.push({ name: `${id} reads`, take: () => world.read(call) });
    }
    const duty = state.duty;
    if (duty !== undefined && call.read !== undefined) {
      once(`${id} says ${duty.about}`, () => {
        outbox.push(state.perform(duty));
      });
    }
    const { doubled, impatient, aborting, mortal, cut } = this.#faults;
    if (doubled?.includes(party)) {
      once(`${party} calls twice`, () => world.call(party));
    }
    if (impatient?.includes(party)) {
      once(`${party} expires`, () => state.expire("timeout"));
    }
    if (aborting?.includes(party)) {
      once(`${party} aborts`, () => state.expire("aborted"));
    }
    if (mortal?.includes(party)) once(`${party} dies`, () => world.kill(call));
    if (cut?.includes(party)) once(`${id} is cut`, () => world.cut(call));
    if (call.read === undefined) {
      steps.push({ name: `${id} is back`, take: () => world.heal(call) });
    }
    return steps;
  }

  /** The state that determines the possible next steps. */
  get signature(): string {
    return JSON.stringify([
      this.world.log,
      this.world.calls.map(({ id, state, outbox, read, dead }) => [
        id,
        outbox,
        read,
        dead,
        state.decision,
        state.duty,
        state.leaving,
        state.doubtful,
      ]),
      [...this.#done].sort(),
    ]);
  }
}

/** Plays every possible order of steps. */
function explore(
  options: WorldOptions,
  names: readonly string[],
  faults: Faults,
  atEnd: (world: BarrierWorld) => void,
): number {
  const seen = new Set<string>();
  const open: number[][] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const play = new Play(options, names, faults);
    for (const choice of path) play.steps[choice]!.take();
    const { signature, steps } = play;
    if (seen.has(signature)) continue;
    seen.add(signature);
    play.world.check();
    if (steps.length === 0) atEnd(play.world);
    for (let n = steps.length - 1; n >= 0; n--) open.push([...path, n]);
  }
  return seen.size;
}

function outcomes({ calls }: BarrierWorld): string[] {
  return calls.filter(({ dead, cut }) => !dead && !cut)
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
      for (const outcome of walk(parties, new Random(seed))) {
        tally[outcome] = (tally[outcome] ?? 0) + 1;
      }
    }
    for (const outcome of ["opened", "timeout", "aborted", "disconnected"]) {
      assert(tally[outcome]! > 50, `${outcome}: ${tally[outcome]}`);
    }
  });
}

/** Takes random steps, with few faults; returns how the calls ended. */
function walk(parties: WorldOptions["parties"], random: Random): string[] {
  const some = () => EVERYBODY.filter(() => random.chance(0.3));
  const play = new Play({ parties }, EVERYBODY, {
    impatient: some(),
    aborting: some(),
    mortal: some(),
    doubled: some(),
    cut: some(),
    retrying: EVERYBODY,
    looping: some(),
  });
  const isFault = ({ name }: Step) =>
    /(expires|aborts|dies|cut|twice)$/.test(name);
  for (let n = 0; n < 500; n++) {
    const { steps } = play;
    const likely = random.chance(0.03)
      ? steps
      : steps.filter((step) => !isFault(step));
    if (likely.length === 0) break;
    random.pick(likely).take();
  }
  play.world.check();
  return play.world.calls.map(({ state: { decision } }) =>
    decision?.kind === "failed"
      ? decision.reason
      : decision?.kind ?? "undecided"
  );
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
  world.log.push(lost.state.farewell());
  settle(world, random);
  for (const { state: { decision } } of waiting) {
    assert(decision?.kind === "failed" && decision.unknown);
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
