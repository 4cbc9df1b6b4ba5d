/**
 * `barrier`: parties that leave together.
 *
 * @module
 */
import { barrier } from "../signals/barrier.ts";
import { BarrierError } from "../signals/barrier_error.ts";
import type { BarrierResult } from "../signals/barrier_options.ts";
import type { Command } from "./command.ts";
import { ExitCode } from "./exit_codes.ts";
import { clip } from "./heard_line.ts";
import { join, line, paint } from "./line.ts";
import { CONNECTION_OPTIONS } from "./options.ts";
import type { Output } from "./output.ts";
import { formatTime } from "./time.ts";
import { UsageError } from "./usage_error.ts";

/** The command. */
export const barrierCommand: Command = {
  name: "barrier",
  summary: "Wait until all parties are there, and leave together",
  help: `\
Usage: state-signals barrier NAME --parties N [options]

Blocks until N parties wait at the barrier NAME; then all of them go on. None
is a leader. Where one gives up, all fail, and each says who was missing.

Options:
  --parties N            how many; or their names, such as a,b,c, so that
                         those who are missing can be named; the same for all
  --party NAME           this party's name; needed where --parties are names
  --generation N         number of the round (0): rounds don't meet each other
  --timeout TIME         how long to wait for the others (60s)

Exit code 0: all leave together; 2: a party gave up waiting, for those who are
missing; 1: a party was interrupted, lost its link, or had its name taken; 69:
this party lost its link, and what was decided meanwhile can't be known.

Permissions: --allow-net=HOST:PORT, and --allow-sys=hostname for a default
party name that tells the host

Examples:
  state-signals barrier warm --parties 3 && ./measure.sh
  state-signals barrier warm --parties node-1,node-2 --party node-1 --timeout 5m`,
  options: {
    ...CONNECTION_OPTIONS,
    parties: { type: "string" },
    party: { type: "string" },
    generation: { type: "string" },
    timeout: { type: "string" },
  },
  positionals: ["NAME"],
  async run({ args, output, interrupted, connection }) {
    const parties = partiesOf(args.text("parties"));
    const party = args.text("party");
    const generation = args.whole("generation", 0);
    const timeout = args.time("timeout") ?? 60_000;
    if (typeof parties !== "number" && !parties.includes(party ?? "")) {
      throw new UsageError("--party must be one of the names in --parties");
    }
    try {
      const result = await barrier(args.positional(0), {
        ...connection(),
        parties,
        timeout,
        signal: interrupted,
        ...(party === undefined ? {} : { party }),
        ...(generation === undefined ? {} : { generation }),
      });
      await tellOpen(result, output);
      return ExitCode.Success;
    } catch (error) {
      if (!(error instanceof BarrierError)) throw error;
      await tellFailure(error, output);
      return interrupted.aborted ? ExitCode.Interrupted : codeOf(error);
    }
  },
};

function partiesOf(text: string | undefined): number | readonly string[] {
  if (text === undefined) throw new UsageError("--parties is missing");
  if (!/^\d+$/.test(text)) {
    const names = text.split(",");
    if (names.length <= 1_000 && new Set(names).size === names.length) {
      return names;
    }
  } else if (Number(text) >= 1 && Number(text) <= 1_000) return Number(text);
  throw new UsageError(
    `Cannot use --parties as it must be a number from 1 to 1000, or names that differ: current value is ${
      JSON.stringify(clip(text))
    }`,
  );
}

function codeOf({ outcome, reason }: BarrierError): ExitCode {
  if (outcome === "unknown") return ExitCode.Unavailable;
  return reason === "timeout" ? ExitCode.Missing : ExitCode.Failed;
}

function tellOpen(
  { members, index, elapsed }: BarrierResult,
  output: Output,
): Promise<void> {
  const names = members.map((name) => line`${clip(name)}`);
  return output.result(
    line`${paint("green", "open")} after ${formatTime(elapsed)}: ${
      join(names, ", ")
    }`,
    { type: "open", members, index, elapsed_ms: elapsed },
  );
}

function tellFailure(error: BarrierError, output: Output): Promise<void> {
  const { message, reason, outcome, by, arrived, missing, missingCount } =
    error;
  return output.result(line`${paint("red", "failed")}: ${message}`, {
    type: "failed",
    reason,
    outcome,
    by,
    arrived,
    missing,
    missing_count: missingCount,
  });
}
