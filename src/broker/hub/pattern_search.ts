/**
 * Looks for the patterns that a channel matches, in slices: there may be very
 * many patterns, and each may take a millisecond to match.
 *
 * @module
 */
import { globMatches } from "./glob.ts";
import type { Pace, Work } from "../pace.ts";

/** Microseconds that one step of matching takes, roughly. */
const STEP = 0.002;
/** Microseconds that a pattern takes however short it is. */
const LEAST = 0.1;

/** Microseconds that matching takes at most, roughly: one step for each byte of the text and of the pattern multiplied. */
export function matchingCost(patternBytes: number, textBytes: number): number {
  return (patternBytes + 1) * (textBytes + 1) * STEP;
}

/** A search, during which patterns may be subscribed to and unsubscribed from. */
export class PatternSearch {
  /** The patterns that match; some may have no subscriber any more. */
  readonly found: Set<string> = new Set();
  /** Stops {@linkcode add} from being called. */
  readonly end: () => void;
  readonly #patterns: Iterable<string>;
  readonly #channel: string;
  #isThrough = false;
  /** Patterns that were subscribed to after {@linkcode run} was through. */
  readonly #late: string[] = [];

  /**
   * @param patterns A live view: a new pattern stands at its end.
   * @param channel The channel that patterns are to match.
   * @param end Ends the search.
   */
  constructor(patterns: Iterable<string>, channel: string, end: () => void) {
    this.#patterns = patterns;
    this.#channel = channel;
    this.end = end;
  }

  /** Takes a pattern that was subscribed to during the search. */
  add(pattern: string): void {
    if (this.#isThrough) this.#late.push(pattern);
  }

  /** Goes through all patterns. */
  *run(pace: Pace): Work {
    yield* this.#match(this.#patterns, pace);
    this.#isThrough = true;
  }

  /** Goes through the patterns that are new since {@linkcode run}; no pattern must be added meanwhile. */
  *catchUp(pace: Pace): Work {
    yield* this.#match(this.#late, pace);
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
