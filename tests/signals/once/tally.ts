/**
 * Holds what the processes of a round saw against the rules of `once()`.
 *
 * @module
 */

import type { OnceReport } from "../../support/roles/once_party.ts";
import type { RoundRecord } from "./storm.ts";

/** What was seen in all rounds. */
export class Tally {
  rounds = 0;
  /** How calls ended. */
  readonly ends: Record<string, number> = {};
  functions = 0;
  /** Functions that another call took over. */
  takeovers = 0;
  /** Rounds with different results. */
  differing = 0;
  /** Pairs of functions that ran at a time within the rules. */
  overlaps = 0;
  /** Pairs that ran at a time after the signal of one had aborted, or while its process stood still. */
  apart = 0;
  /** What broke a rule. */
  readonly violations: string[] = [];

  /** The counts in one line. */
  get line(): string {
    const { rounds, ends, functions, takeovers, differing, overlaps, apart } =
      this;
    return `${rounds} rounds, calls: ${
      JSON.stringify(ends)
    }, ${functions} functions, ${takeovers} of them after a takeover; ${differing} rounds with differing results, ${overlaps} overlaps within the rules, ${apart} after an abort or a standstill`;
  }
}

/** A span in which a function ran. */
interface Span {
  readonly from: number;
  /** When it had to have stopped: its end, its abort, its death. */
  readonly to: number;
  /** When it really ended. */
  readonly end: number;
}

/** Adds a round. */
export function judge(
  { reports, calls, faults }: RoundRecord,
  seed: number,
  tally: Tally,
): void {
  tally.rounds++;
  const results = new Set<string>();
  for (const [call, killedAt] of calls) {
    const left = reports.find((each) =>
      each.call === call && each.said === "left"
    );
    const end = left === undefined
      ? killedAt < Infinity ? "killed" : "lost"
      : left.outcome ?? "value";
    tally.ends[end] = (tally.ends[end] ?? 0) + 1;
    if (end === "value") results.add(left!.value!);
    if (end === "failed") results.add(left!.error!.split(": ").at(-1)!);
    if (end === "other" || end === "lost") {
      tally.violations.push(`seed ${seed}: ${end}: ${left?.detail}`);
    }
  }
  const say = (what: string) =>
    tally.violations.push(`seed ${seed}: ${what}; ${faults.join(", ")}`);
  if (results.size > 1) {
    tally.differing++;
    say(`the results are ${[...results].join(" and ")}`);
  }
  const spans = spansOf(reports, calls);
  tally.functions += spans.length;
  tally.takeovers += Math.max(0, spans.length - 1);
  spans.forEach((span, n) => {
    for (const other of spans.slice(n + 1)) {
      if (span.end <= other.from || other.end <= span.from) continue;
      if (span.to <= other.from || other.to <= span.from) tally.apart++;
      else {
        tally.overlaps++;
        say(`two functions ran: ${JSON.stringify([span, other])}`);
      }
    }
  });
}

function spansOf(
  reports: readonly OnceReport[],
  calls: ReadonlyMap<string, number>,
): Span[] {
  const seat = (call: string) => call.split(" ")[0]!;
  return reports.filter(({ said }) => said === "begun").map(({ call, at }) => {
    const when = (said: OnceReport["said"]) =>
      reports.find((each) => each.call === call && each.said === said)?.at ??
        Infinity;
    const end = Math.min(when("ended"), calls.get(seat(call))!);
    // A process that stood still could not abort its signal.
    const stall = Math.min(
      ...reports.filter((each) =>
        each.said === "stalled" && each.call === call.split(":")[0] &&
        each.at > at && each.from! < end
      ).map(({ from }) => from!),
    );
    return { from: at, to: Math.min(end, when("aborted"), stall), end };
  });
}
