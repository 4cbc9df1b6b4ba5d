/**
 * How a barrier ended for one party, with a leader or without, and how that is
 * told.
 *
 * @module
 */
import type { ExitCode } from "../exit_codes.ts";
import { clip } from "../output/observation_line.ts";
import { join, line, paint } from "../output/line.ts";
import type { Output } from "../output/output.ts";
import { formatTime } from "../output/time.ts";

/** It opened. */
export interface Opened {
  readonly type: "open";
  /** Milliseconds that this party waited. */
  readonly elapsed: number;
  /** Who left together; a follower is not told. */
  readonly members?: readonly string[];
  /** This party's place among them. */
  readonly index?: number;
  /** A follower's leader, by publisher id. */
  readonly leader?: string | undefined;
}

/** It did not open. */
export interface Failed {
  readonly type: "failed";
  /** What to exit with. */
  readonly code: ExitCode;
  /** What is said to people. */
  readonly message: string;
  /** Why, in a word. */
  readonly reason: string;
  /** `"unknown"`: it may have opened for others. */
  readonly outcome: "failed" | "unknown";
  /** Who gave up, failed, or is missing first. */
  readonly by: string;
  /** The parties that had arrived; a follower is not told. */
  readonly arrived?: readonly string[];
  /** Those that had not, as far as their names are known. */
  readonly missing?: readonly string[];
  /** How many had not. */
  readonly missingCount?: number;
  /** A follower's leader, by publisher id. */
  readonly leader?: string | undefined;
}

/** How a barrier ended. */
export type BarrierOutcome = Opened | Failed;

/** Tells people or machines. */
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
  const { elapsed, members = [], ...record } = outcome;
  const names = join(members.map((name) => line`${clip(name)}`), ", ");
  const open = line`${paint("green", "open")} after ${formatTime(elapsed)}`;
  return output.result(
    join([open, names], ": "),
    { ...record, members: outcome.members, elapsed_ms: elapsed },
  );
}
