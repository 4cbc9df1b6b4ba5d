/**
 * What a measure is, and what it is run with.
 *
 * @module
 */

import type { ContenderName } from "./contenders.ts";
import type { Results } from "./results.ts";

/** What a measure is run with. */
export interface Bench {
  /** Who takes part, in this order. */
  readonly contenders: readonly ContenderName[];
  readonly repeats: number;
  /** Short: to see that everything works, not to measure. */
  readonly quick: boolean;
  readonly results: Results;
  /** Says what is being done. */
  note(text: string): void;
  /** Says what went wrong; the run goes on, and fails at its end. */
  fail(text: string): void;
}

/** Measures, and adds what it finds to the results. */
export type Measure = (bench: Bench) => Promise<void>;

/**
 * Runs something for each contender in turn, again and again, so that what else
 * goes on on the machine meets all of them; each time another one goes first.
 *
 * @param bench What the measure is run with.
 * @param contenders Who takes part.
 * @param what Names it.
 * @param run Runs it once, for one of them.
 */
export async function interleaved<Name extends string>(
  bench: Bench,
  contenders: readonly Name[],
  what: string,
  run: (contender: Name) => Promise<void>,
): Promise<void> {
  for (let repeat = 1; repeat <= bench.repeats; repeat++) {
    for (const contender of rotated(contenders, repeat - 1)) {
      const step = `${what}, ${contender}, repeat ${repeat}/${bench.repeats}`;
      bench.note(step);
      try {
        await run(contender);
      } catch (error) {
        bench.fail(`FAILED: ${step}: ${(error as Error).message}`);
      }
    }
  }
}

/** The same in the same order, but beginning with another one. */
export function rotated<T>(items: readonly T[], turns: number): T[] {
  const first = turns % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Those of the contenders that are among these. */
export function among(
  { contenders }: Bench,
  ...names: readonly ContenderName[]
): ContenderName[] {
  return contenders.filter((name) => names.includes(name));
}
