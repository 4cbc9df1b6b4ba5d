/**
 * Every interleaving of a few parties of a barrier with values, with a quorum and
 * with faults. The short ones are tests; `deno task barriers` plays all of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Faults } from "../../support/barrier_play.ts";
import type {
  BarrierWorld,
  WorldOptions,
} from "../../support/barrier_world.ts";
import type { Random } from "../../support/random.ts";

/** What is played, and what holds at the end. */
export interface Exploration {
  readonly options: WorldOptions;
  readonly names: readonly string[];
  readonly faults: Faults;
  readonly atEnd: (world: BarrierWorld) => void;
  /** Takes minutes. */
  readonly isLong?: boolean;
}

const AB = ["a", "b"];
const ABC = ["a", "b", "c"];

/**
 * Each kind of fault to one party of these, up to so many faults in all. Three
 * parties differ in their names only, so that the faults of one stand for those
 * of each.
 */
function faultsOf(names: readonly string[], most: number): Faults {
  return {
    impatient: names,
    aborting: names,
    mortal: names,
    cut: names,
    most,
    passes: 1,
  };
}

/** No party opens while another one gets a definite failure. */
function assertSame({ calls, openings }: BarrierWorld): void {
  if (openings.length === 0) return;
  for (const { id, dead, state: { decision } } of calls) {
    if (dead || decision?.kind !== "failed" || decision.unknown) continue;
    assertEquals(decision.reason, "late", `${id} failed`);
  }
}

/** All leave, with the values of all. */
function assertAllValues(world: BarrierWorld): void {
  assertSame(world);
  const handedIn = new Set(world.calls.map(({ value }) => value ?? null));
  for (const { state: { decision } } of world.calls) {
    const values = decision?.kind === "opened" ? decision.values : [];
    assertEquals(new Set(values), handedIn);
  }
}

/** The members that live, and kept their links, have their values among those of all. */
function assertLiveValues(world: BarrierWorld): void {
  assertSame(world);
  for (const { members, values = [] } of world.openings) {
    for (const { id, value, cuts, dead } of world.calls) {
      const index = members.findIndex(([member]) => member === id);
      if (index >= 0 && cuts === 0 && !dead) assertEquals(values[index], value);
    }
  }
}

/** Calls are late, or left, or wait because enough are not there. */
function assertQuorum(world: BarrierWorld): void {
  assertSame(world);
  assert(world.openings.length <= 1, "two groups left");
  const waiting = world.calls.filter(({ dead, cuts, state }) =>
    !dead && cuts === 0 && state.decision === undefined
  );
  assert(waiting.length < 2, "enough are there, and did not leave");
}

const named = { parties: new Set(AB) };
const three = { parties: new Set(ABC) };
const quorum = { parties: 3, atLeast: 2, settle: 5_000 };

/** All of them, by name. */
export const EXPLORATIONS: Readonly<Record<string, Exploration>> = {
  "two parties with two faults": {
    options: named,
    names: AB,
    faults: faultsOf(AB, 2),
    atEnd: assertSame,
  },
  "two parties that lose their links twice, of which one gives up": {
    options: named,
    names: AB,
    faults: { cut: AB, cuts: 2, impatient: ["a"], passes: 1 },
    atEnd: assertSame,
    isLong: true,
  },
  "two parties that hand in values": {
    options: { ...named, values: "few" },
    names: AB,
    faults: {},
    atEnd: assertAllValues,
  },
  "two parties that hand in large values, with one fault": {
    options: { ...named, values: "many" },
    names: AB,
    faults: { ...faultsOf(AB, 1), impatient: [] },
    atEnd: assertLiveValues,
  },
  "two of three parties with one fault": {
    options: quorum,
    names: AB,
    faults: faultsOf(AB, 1),
    atEnd: assertQuorum,
  },
  "two of three parties, of which one calls twice": {
    options: { ...quorum, values: "many" },
    names: AB,
    faults: { doubled: ["a"] },
    atEnd: () => {},
  },
  "two of three parties, which call again after one gave up": {
    options: quorum,
    names: AB,
    faults: { impatient: ["a"], retrying: AB },
    atEnd: () => {},
  },
  "two parties that hand in large values, of which one calls twice": {
    options: { ...named, values: "many" },
    names: AB,
    faults: { doubled: ["a"] },
    atEnd: () => {},
  },
  "three parties that hand in large values": {
    options: { ...three, values: "many" },
    names: ABC,
    faults: {},
    atEnd: assertAllValues,
  },
  "a party of an older version and one that hands in a value": {
    options: { ...named, values: "few", old: ["a"] },
    names: AB,
    faults: faultsOf(AB, 1),
    atEnd: assertSame,
  },
  "three parties that hand in large values, of which one dies": {
    options: { ...three, values: "many" },
    names: ABC,
    faults: { mortal: ["a"], passes: 1 },
    atEnd: assertLiveValues,
  },
  "two of three parties, of which one dies": {
    options: quorum,
    names: ABC,
    faults: { mortal: ["a"], passes: 1 },
    atEnd: assertQuorum,
  },
  "two of three parties, of which the third may be late": {
    options: quorum,
    names: ABC,
    faults: { passes: 1 },
    atEnd: assertQuorum,
  },
  "three parties with one fault": {
    options: three,
    names: ABC,
    faults: faultsOf(["a"], 1),
    atEnd: assertSame,
    isLong: true,
  },
  "three parties, of which one calls twice": {
    options: three,
    names: ABC,
    faults: { doubled: ["a"] },
    atEnd: () => {},
    isLong: true,
  },
  "three parties, of which one gave up, or died, and calls again": {
    options: three,
    names: ABC,
    faults: { ...faultsOf(["a"], 1), cut: [], passes: 0, retrying: ["a"] },
    atEnd: () => {},
    isLong: true,
  },
  "three parties that hand in large values, of which one loses its link": {
    options: { ...three, values: "many" },
    names: ABC,
    faults: { cut: ["a"], passes: 1 },
    atEnd: assertLiveValues,
    isLong: true,
  },
  "two of three parties with one fault but death": {
    options: quorum,
    names: ABC,
    faults: { ...faultsOf(["a"], 1), mortal: [] },
    atEnd: assertQuorum,
    isLong: true,
  },
  "two of three parties, of which one died and calls again": {
    options: quorum,
    names: ABC,
    faults: { mortal: ["a"], retrying: ["a"] },
    atEnd: () => {},
    isLong: true,
  },
};

/** The names of the parties of a world. */
export function namesOf({ parties }: WorldOptions): string[] {
  return typeof parties === "number"
    ? ["a", "b", "c", "d", "e"].slice(0, parties)
    : [...parties];
}

/** Faults of some of the parties; calls that come again make a second group possible. */
export function someFaults(names: readonly string[], random: Random): Faults {
  const some = () => names.filter(() => random.chance(0.3));
  return {
    impatient: some(),
    aborting: some(),
    mortal: some(),
    doubled: some(),
    cut: some(),
    retrying: names,
    looping: some(),
    passes: random.int(0, 2),
  };
}

/** The worlds of random walks: more parties, with values and with a quorum. */
export const WALKS: Readonly<Record<string, WorldOptions>> = {
  "four named parties with values": {
    parties: new Set(["a", "b", "c", "d"]),
    values: "few",
  },
  "four parties with large values": { parties: 4, values: "many" },
  "three of four parties": { parties: 4, atLeast: 3, settle: 5_000 },
  "three of five named parties with values": {
    parties: new Set(["a", "b", "c", "d", "e"]),
    atLeast: 3,
    settle: 0,
    values: "few",
  },
  "three parties, of which one is of an older version": {
    parties: 3,
    values: "few",
    old: ["b"],
  },
};
