/**
 * Random walks through worlds of `once()`.
 *
 * @module
 */

import type { OnceWorld } from "../../support/once_world.ts";
import { Random } from "../../support/random.ts";
import { count, LATER, OncePlay, TICK } from "./play.ts";

/** What was seen in random walks. */
export interface Walks {
  /** How calls ended. */
  readonly ends: Record<string, number>;
  /** Functions that ran beside another one although their signal had aborted, in steps. */
  overlaps: number;
}

/** Takes random steps with every fault; the seed names the walk. */
export function walkOnce(seed: number, walks: Walks): OnceWorld {
  const random = new Random(seed);
  const names = ["a", "b", "c", "d", "e"].slice(0, random.int(2, 5));
  const some = () => names.filter(() => random.chance(0.3));
  const play = new OncePlay(names, {
    impatient: some(),
    aborting: some(),
    mortal: some(),
    cut: some(),
    cuts: 2,
    doubled: random.chance(0.2) ? some() : [],
    retrying: names,
    looping: random.chance(0.3) ? names : [],
    throwing: some(),
    blocked: some(),
    lags: true,
    beats: 10,
    entries: 20,
    ticks: 40,
  });
  const [rash, haste] = [random.pick([0.003, 0.02]), random.pick([0.02, 0.3])];
  const sloth = random.pick([0, 0.95]);
  for (let n = 0; n < 800; n++) {
    const { steps } = play;
    const isRash = random.chance(rash);
    const isHasty = random.chance(haste);
    const isLazy = random.chance(sloth);
    const likely = steps.filter(({ isFault, name, rank }) =>
      name === TICK
        ? isHasty
        : (isRash || !isFault) && !(isLazy && rank === LATER)
    );
    const next = likely.length > 0
      ? likely
      : steps.filter(({ isFault }) => !isFault);
    if (next.length === 0) break;
    play.take(random.pick(next));
  }
  try {
    play.world.check();
  } catch (cause) {
    throw new Error(`The walk with the seed ${seed} is wrong`, { cause });
  }
  count(play.world, walks.ends);
  walks.overlaps += play.world.overlaps;
  return play.world;
}
