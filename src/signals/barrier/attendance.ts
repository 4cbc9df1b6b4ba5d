/**
 * Whether enough parties are there for the barrier to open, since when, and what
 * their number proves.
 *
 * @module
 */
import { countOf, type MeetingTerms } from "../meeting/terms.ts";
import type { BarrierRoster } from "./roster.ts";

/** How many parties there are, and how many are enough. */
export interface AttendanceTerms extends Pick<MeetingTerms, "parties"> {
  /** How many leave without the others; more than half. @default {all} */
  readonly atLeast?: number | undefined;
  /** Milliseconds that those wait for the others. @default {0} */
  readonly settle?: number | undefined;
}

/** Counts the parties that are there. */
export class BarrierAttendance {
  readonly #terms: AttendanceTerms;
  /** When all were there, and when enough were. */
  #complete: number | undefined;
  #enough: number | undefined;

  constructor(terms: AttendanceTerms) {
    this.#terms = terms;
  }

  /** Whether some may leave without the others. */
  get isQuorate(): boolean {
    return this.#terms.atLeast !== undefined;
  }

  /** Whether all, or enough, are there. */
  get suffices(): boolean {
    return this.#enough !== undefined;
  }

  /** Takes note of the parties that are there. */
  note(roster: BarrierRoster, now: number): void {
    const { parties, atLeast } = this.#terms;
    const all = countOf(parties);
    const count = roster.count(parties);
    this.#complete = count >= all ? this.#complete ?? now : undefined;
    this.#enough = count >= (atLeast ?? all) ? this.#enough ?? now : undefined;
  }

  /**
   * The time from which on the parties that are there may leave.
   *
   * @param settle Fewest milliseconds that some wait for the others.
   */
  dueAfter(settle: number): number | undefined {
    if (this.#complete !== undefined) return this.#complete;
    if (this.#enough === undefined) return undefined;
    return this.#enough + Math.max(settle, this.#terms.settle ?? 0);
  }

  /**
   * Whether the others are too few to have left before, if so many parties give
   * up together.
   */
  provesFailure(arrived: number): boolean {
    const { parties, atLeast } = this.#terms;
    if (atLeast === undefined) return true;
    return countOf(parties) - arrived < atLeast;
  }
}
