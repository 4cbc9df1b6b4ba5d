/**
 * (h) The round trip of signals whose metadata take 100 bytes to 8 MiB.
 *
 * @module
 */

import { among, type Bench, interleaved } from "../bench.ts";
import { ALONE, TITLES } from "../contenders.ts";
import { Pair } from "../pair.ts";
import { quantile } from "../statistics.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Sizes, and how many signals of each. */
const STEPS: readonly (readonly [name: string, size: number, count: number])[] =
  [
    ["100 B", 100, 500],
    ["1 KiB", KIB, 500],
    ["10 KiB", 10 * KIB, 300],
    ["100 KiB", 100 * KIB, 100],
    ["1 MiB", MIB, 20],
    ["8 MiB", 8 * MIB, 5],
  ];
const QUICK_STEPS: typeof STEPS = [["100 B", 100, 5], [
  "100 KiB",
  100 * KIB,
  2,
]];

export async function payloads(bench: Bench): Promise<void> {
  const contenders = among(
    bench,
    ...ALONE,
  );
  await interleaved(bench, contenders, "(h) payloads", async (name) => {
    await using pair = await Pair.start(name);
    for (const [of, size, count] of bench.quick ? QUICK_STEPS : STEPS) {
      const warmup = Math.ceil(count / 2);
      const times = await pair.roundTrips({ warmup, count, size });
      const table = {
        key: `h/${size}`,
        title: `(h) Round trip with ${of} of metadata`,
        unit: "ms",
      } as const;
      bench.results.add(table, TITLES[name], {
        value: quantile(times, 0.5),
        p99: quantile(times, 0.99),
      });
    }
  });
}
