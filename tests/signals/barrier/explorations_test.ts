/**
 * Every interleaving of a few parties, and random ones of more, with values, with
 * a quorum and with faults.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
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
      assert(explore(options, names, faults, atEnd) > 50);
    },
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
