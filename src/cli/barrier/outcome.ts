/**
 * The outcome of a barrier for one party, with a leader or without, and its
 * output.
 *
 * @module
 */
import type { ExitCode } from "../exit_codes.ts";
import { clip } from "../output/observation_line.ts";
import { toJsonLine } from "../output/json_line.ts";
import { join, line, paint } from "../output/line.ts";
import type { Output } from "../output/output.ts";
import { formatTime } from "../output/time.ts";

/** The barrier opened. */
export interface Opened {
  readonly type: "open";
  /** Milliseconds that this party waited. */
  readonly elapsed: number;
  /** The names of the parties that left together; a follower does not know them. */
  readonly members?: readonly string[];
  /** This party's place among them. */
  readonly index?: number;
  /** The values that the parties handed in, by party. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Whether this party handed in a value: then people see the values alone. */
  readonly isExchange?: boolean;
  /** A follower's leader, by publisher id. */
  readonly leader?: string | undefined;
}

/** The barrier did not open. */
export interface Failed {
  readonly type: "failed";
  /** The exit code. */
  readonly code: ExitCode;
  /** The message for people. */
  readonly message: string;
  /** Why, in a word. */
  readonly reason: string;
  /** `"unknown"`: the barrier may have opened for other parties. */
  readonly outcome: "failed" | "unknown";
  /** The party that gave up, failed, or is missing first. */
  readonly by: string;
  /** The parties that had arrived; a follower does not know them. */
  readonly arrived?: readonly string[];
  /** The parties that had not arrived, as far as their names are known. */
  readonly missing?: readonly string[];
  /** The number of parties that had not arrived. */
  readonly missingCount?: number;
  /** A follower's leader, by publisher id. */
  readonly leader?: string | undefined;
}

/** The outcome of a barrier. */
export type BarrierOutcome = Opened | Failed;

/** Writes the outcome, for people or for machines. */
export function tellOutcome(
  outcome: BarrierOutcome,
  output: Output,
): Promise<void> {
  if (outcome.type === "failed") {
    const { code: _, message, missingCount, ...record } = outcome;
    return output.result(
      line`${paint("red", "failed")}: ${message}`,
      { ...record, missing_count: missingCount },
    );
  }
  const { elapsed, members = [], isExchange = false, ...record } = outcome;
  if (isExchange && !output.json) {
    return output.text(toJsonLine(record.values ?? {}));
  }
  const names = join(members.map((name) => line`${clip(name)}`), ", ");
  const open = line`${paint("green", "open")} after ${formatTime(elapsed)}`;
  return output.result(
    join([open, names], ": "),
    { ...record, members: outcome.members, elapsed_ms: elapsed },
  );
}
