/**
 * Looking for the patterns that match a channel, in slices: there may be very
 * many, and each may take a millisecond.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import type { Pace, Work } from "../pace.ts";

/** Microseconds that one step of matching takes, roughly. */
const STEP = 0.002;
/** Microseconds that a pattern takes however short it is. */
const LEAST = 0.1;

/** Microseconds that matching takes at most, roughly: glob.ts says why. */
export function matchingCost(patternBytes: number, textBytes: number): number {
  return (patternBytes + 1) * (textBytes + 1) * STEP;
}

/** A search, during which patterns may come and go. */
export class PatternSearch {
  /** Patterns that match; some may have gone again. */
  readonly found: Set<string> = new Set();
  readonly #patterns: Iterable<string>;
  readonly #channel: string;
  readonly #end: () => void;
  #isThrough = false;
  /** Patterns that came when the others had been gone through. */
  readonly #late: string[] = [];

  /**
   * @param patterns A live view: what is added meanwhile is at its end.
   * @param channel What they are to match.
   * @param end Called when the search is over.
   */
  constructor(patterns: Iterable<string>, channel: string, end: () => void) {
    this.#patterns = patterns;
    this.#channel = channel;
    this.#end = end;
  }

  /** Says that a pattern has come. */
  add(pattern: string): void {
    if (this.#isThrough) this.#late.push(pattern);
  }

  /** Goes through the patterns that there are. */
  *run(pace: Pace): Work {
    yield* this.#match(this.#patterns, pace);
    this.#isThrough = true;
  }

  /** Goes through those that have come since; there must be no new ones meanwhile. */
  *catchUp(pace: Pace): Work {
    yield* this.#match(this.#late, pace);
  }

  /** Ends the search. */
  end(): void {
    this.#end();
  }

  *#match(patterns: Iterable<string>, pace: Pace): Work {
    for (const pattern of patterns) {
      pace.charge(LEAST);
      if (globMatches(pattern, this.#channel)) this.found.add(pattern);
      pace.charge(matchingCost(pattern.length, this.#channel.length));
      if (pace.spent) yield;
    }
  }
}
