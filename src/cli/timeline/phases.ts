/**
 * The phases of a publisher: what begins with `start` and ends with `stop` is
 * one, however the two are written; any other state lasts until the next signal.
 *
 * @module
 */
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import type { Phase, SignalMark } from "./model.ts";

/** Most rows of phases at a time; one more ends the oldest. */
const MAX_ROWS = 8;

const BEGINNINGS = new Set(["start", "started", "begin", "began", "enter"]);
const ENDS = new Set([
  ...["stop", "stopped", "end", "ended"],
  ...["finish", "finished", "done", "complete", "completed", "exit"],
]);

interface Role {
  readonly part: "begin" | "end";
  /** What begins or ends: `benchmark` of `benchmark-start`. */
  readonly what: string;
}

interface Current {
  readonly what: string | undefined;
  readonly begun: Omit<Phase, "to" | "open">;
  readonly sample: string | undefined;
}

/** Finds the phases of signals, in the order in which they end. */
export function phasesOf(
  signals: readonly SignalMark[],
  end: number,
): Phase[] {
  const roles = rolesOf(signals);
  const rows = new Rows();
  let begun = false;
  signals.forEach((signal, index) => {
    const { at, event } = signal;
    // Asked again it is no new state, but meant for those who are late.
    if (event === INITIALIZATION && begun) return;
    begun = event !== SHUTDOWN;
    rows.endState(at);
    if (event === SHUTDOWN) return rows.endLife(at);
    const role = roles.get(event);
    if (role === undefined) return rows.beginState(signal, index);
    rows.endPair(role.what, signal, role.part);
    if (role.part === "begin") rows.beginPair(role.what, signal, index);
  });
  rows.endAll(end, true);
  return rows.phases;
}

/** The events that begin and end something; who never ends is a state. */
function rolesOf(signals: readonly SignalMark[]): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const event of new Set(signals.map(({ event }) => event))) {
    const role = roleOf(event);
    if (role !== undefined) roles.set(event, role);
  }
  const whats = (part: Role["part"]) =>
    new Set(
      roles.values().filter((role) => role.part === part)
        .map(({ what }) => what),
    );
  const paired = whats("begin").intersection(whats("end"));
  for (const [event, { what }] of roles) {
    if (!paired.has(what)) roles.delete(event);
  }
  return roles;
}

function roleOf(event: string): Role | undefined {
  const words = event.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase()
    .split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const at = words.findIndex((word) => BEGINNINGS.has(word) || ENDS.has(word));
  if (at === -1) return undefined;
  const [word] = words.splice(at, 1);
  return {
    part: BEGINNINGS.has(word!) ? "begin" : "end",
    what: words.join(" "),
  };
}

/** What goes on at a time, one in each row. */
class Rows {
  readonly phases: Phase[] = [];
  readonly #rows: (Current | undefined)[] = [];
  /** How often each phase has begun in this life of the publisher. */
  readonly #attempts = new Map<string, number>();

  beginState(signal: SignalMark, index: number): void {
    this.#begin(undefined, signal.event, signal, index);
  }

  beginPair(what: string, signal: SignalMark, index: number): void {
    this.#begin(what, what === "" ? signal.event : what, signal, index);
  }

  endState(at: number): void {
    this.#endWhere(at, isState);
  }

  /** Ends what a signal ends: the one of its sample, if it has one. */
  endPair(what: string, { at, sample }: SignalMark, part: Role["part"]): void {
    const same = this.#rows.findLast((each) =>
      each?.what === what && each.sample === sample
    );
    // Who says which sample it begins leaves the others alone.
    const other = part === "end" || sample === undefined
      ? this.#rows.findLast((each) => each?.what === what)
      : undefined;
    const ended = same ?? other;
    this.#endWhere(at, (each) => each === ended);
  }

  /** Ends everything; what follows begins for the first time. */
  endLife(at: number): void {
    this.endAll(at);
    this.#attempts.clear();
  }

  endAll(at: number, open = false): void {
    this.#endWhere(at, () => true, open);
  }

  #begin(
    what: string | undefined,
    name: string,
    { at, sample }: SignalMark,
    signal: number,
  ): void {
    const full = sample === undefined ? name : `${name} #${sample}`;
    const free = this.#rows.findIndex((each) => each === undefined);
    let row = free === -1 ? this.#rows.length : free;
    if (row === MAX_ROWS) {
      row = this.#oldest();
      this.#endWhere(at, (each) => each === this.#rows[row], true);
    }
    const attempt = (this.#attempts.get(full) ?? 0) + 1;
    this.#attempts.set(full, attempt);
    const begun = {
      ...{ name: full, row, signal, from: at },
      ...(attempt > 1 && { attempt }),
    };
    this.#rows[row] = { what, sample, begun };
  }

  #oldest(): number {
    let oldest = 0;
    this.#rows.forEach((each, row) => {
      if (each!.begun.from < this.#rows[oldest]!.begun.from) oldest = row;
    });
    return oldest;
  }

  #endWhere(
    to: number,
    ends: (each: Current) => boolean,
    open = false,
  ): void {
    this.#rows.forEach((each, row) => {
      if (each === undefined || !ends(each)) return;
      this.#rows[row] = undefined;
      this.phases.push({ ...each.begun, to, ...(open && { open }) });
    });
  }
}

function isState({ what }: Current): boolean {
  return what === undefined;
}
