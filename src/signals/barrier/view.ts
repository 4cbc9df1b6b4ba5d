/**
 * What one call of `barrier()` knows of the log: who waits, which values they
 * have, and whether there may be others.
 *
 * @module
 */
import { type AttendanceTerms, BarrierAttendance } from "./attendance.ts";
import { type Arrive, type Back, entryNumber } from "./message.ts";
import { BarrierRoster } from "./roster.ts";
import { BarrierValues } from "./values.ts";

/** Milliseconds after which a call that was not answered was alone. */
const SETTLED = 500;

/** The knowledge of one call. */
export class BarrierView {
  readonly roster = new BarrierRoster();
  readonly values: BarrierValues;
  readonly attendance: BarrierAttendance;
  /** The last message of the log that is no `state` and no void claim. */
  version = "";
  /** The number of the last entry of each call, at whatever node of a cluster. */
  readonly entries: Map<string, number> = new Map();
  /** Whether another call told what it knows. */
  answered = false;
  /** Whether a call that knew all of W did. */
  informed = false;
  /** Whether the call has asked for values. */
  hasAsked = false;
  /** When the call heard its entry, or the last one after it; undefined before. */
  #since: number | undefined;
  readonly #now: () => number;

  /**
   * @param terms Who must be there.
   * @param now The time in milliseconds.
   * @param few Most characters of the values that every `state` repeats.
   */
  constructor(terms: AttendanceTerms, now: () => number, few?: number) {
    this.attendance = new BarrierAttendance(terms);
    this.values = new BarrierValues(few);
    this.#now = now;
  }

  /** Whether the call has heard its entry: since then, the log is known. */
  get hasEntered(): boolean {
    return this.#since !== undefined;
  }

  /** Whether the call would have been answered if there was another one. */
  get wasAlone(): boolean {
    return this.#since !== undefined && this.#now() - this.#since >= SETTLED;
  }

  /** Whether the call knows all of W, but for what is on its way. */
  get knowsAll(): boolean {
    return this.informed || this.wasAlone;
  }

  /** The time from which on the parties that are there may leave. */
  get opening(): number | undefined {
    return this.attendance.dueAfter(this.informed ? 0 : SETTLED);
  }

  /** Milliseconds since that time; below 0 before, undefined if too few are there. */
  get overdue(): number | undefined {
    const { opening } = this;
    return opening === undefined ? undefined : this.#now() - opening;
  }

  /** The call hears its entry. */
  enter(): void {
    this.#since = this.#now();
  }

  /** Another call, or this one, makes itself known, and is to be answered. */
  hear(entry: Arrive | Back): void {
    this.#since = this.#now();
    const last = this.entries.get(entry.id) ?? 0;
    this.entries.set(entry.id, Math.max(last, entryNumber(entry)));
  }

  /** The link was lost: the calls that wait are not known any more. */
  forget(): void {
    this.roster.clear();
    this.informed = false;
    this.hasAsked = false;
    this.#since = undefined;
    this.note();
  }

  /** Takes note of the parties that are there now. */
  note(): void {
    this.attendance.note(this.roster, this.#now());
  }
}
