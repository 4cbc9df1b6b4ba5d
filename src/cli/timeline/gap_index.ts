/**
 * Finds out whether a span of time lies in a gap, without a look at every gap.
 *
 * @module
 */
import type { Gap, Span } from "./model.ts";

/** The gaps of a timeline. */
export class GapIndex {
  /** Where each gap ends, in the order of the ends. */
  readonly #ends: readonly number[];
  /** The earliest beginning of a gap and of all that end after it. */
  readonly #begins: readonly number[];

  constructor(gaps: readonly Gap[]) {
    const sorted = gaps.toSorted((a, b) => a.to - b.to);
    const begins: number[] = [];
    let earliest = Infinity;
    for (let at = sorted.length - 1; at >= 0; at--) {
      begins[at] = earliest = Math.min(earliest, sorted[at]!.from);
    }
    this.#ends = sorted.map(({ to }) => to);
    this.#begins = begins;
  }

  /** Whether a gap has a moment in common with a span. */
  touches({ from, to }: Span): boolean {
    let [first, end] = [0, this.#ends.length];
    while (first < end) {
      const middle = (first + end) >>> 1;
      if (this.#ends[middle]! < from) first = middle + 1;
      else end = middle;
    }
    return (this.#begins[first] ?? Infinity) <= to;
  }
}
