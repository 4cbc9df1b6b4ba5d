/**
 * (a) A signal and its one acknowledgement, between two processes.
 *
 * @module
 */

import { among, type Bench, rotated } from "../bench.ts";
import { ALONE, type ContenderName, TITLES } from "../contenders.ts";
import { Pair } from "../pair.ts";
import { quantile } from "../statistics.ts";

const TABLE = {
  key: "a",
  title: "(a) Round trip: a signal and its one acknowledgement",
  unit: "ms",
} as const;

/**
 * In blocks of some hundred, in turn: with times this short, what else goes on
 * on the machine changes more from one second to the next than the contenders
 * differ.
 */
export async function roundTrip(bench: Bench): Promise<void> {
  const { repeats, quick } = bench;
  const contenders = among(bench, "python", ...ALONE);
  // A 99th percentile is that of some sixty at the end of six thousand.
  const blocks = quick ? 2 : 20;
  // Until then V8 is compiling anybody's code, on cores that others need.
  const warmups = quick ? 1 : 20;
  const warmup = { warmup: 0, count: quick ? 1 : 1_000 };
  for (let repeat = 1; repeat <= repeats; repeat++) {
    bench.note(`(a) round trip, repeat ${repeat}/${repeats}`);
    await using stack = new AsyncDisposableStack();
    const pairs = new Map<ContenderName, Pair>();
    const times = new Map<ContenderName, number[]>();
    for (const name of contenders) {
      const pair = stack.use(await Pair.start(name));
      await pair.roundTrips({ warmup: 0, count: 1 });
      pair.suspend();
      pairs.set(name, pair);
      times.set(name, []);
    }
    const others = contenders.filter((name) => name !== "python");
    const run = async (
      name: ContenderName,
      how: { warmup: number; count: number },
    ) => {
      const pair = pairs.get(name)!;
      pair.resume();
      const each = await pair.roundTrips(how);
      pair.suspend();
      return each;
    };
    // In turn as well: who stands still for seconds comes back slower.
    for (let round = 0; round < warmups; round++) {
      for (const name of rotated(others, round)) await run(name, warmup);
    }
    const measure = async (name: ContenderName) => {
      // Standing still shortens the pause that Python is in: one goes first.
      const how = name === "python"
        ? { warmup: 1, count: quick ? 1 : 2 }
        : { warmup: quick ? 1 : 20, count: quick ? 20 : 300 };
      times.get(name)!.push(...await run(name, how));
    };
    for (let block = 0; block < blocks; block++) {
      for (const name of rotated(others, block)) await measure(name);
    }
    // By itself: it takes a core while it waits, and who comes next feels that.
    for (let block = 0; pairs.has("python") && block < blocks; block++) {
      await measure("python");
    }
    for (const [name, each] of times) {
      bench.results.add(TABLE, TITLES[name], {
        value: quantile(each, 0.5),
        p99: quantile(each, 0.99),
      });
    }
  }
}
