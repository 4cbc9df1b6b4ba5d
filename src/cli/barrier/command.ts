/**
 * `barrier`: lets parties wait for each other.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { barrier } from "../../signals/barrier/barrier.ts";
import { BarrierError } from "../../signals/barrier/error.ts";
import type { BarrierOptions } from "../../signals/barrier/options.ts";
import { encodeValue } from "../../signals/meeting/value.ts";
import type { Arguments } from "../args/arguments.ts";
import { type BarrierOutcome, tellOutcome } from "./outcome.ts";
import type { Command, Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { followBarrier } from "./follow.ts";
import { clip } from "../output/observation_line.ts";
import { leadBarrier } from "./lead.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command `barrier`. */
export const barrierCommand: Command = {
  name: "barrier",
  summary: "Wait until all parties are there, and leave together",
  help: `\
Usage: state-signals barrier NAME --parties N [--value JSON] [options]
       state-signals barrier NAME --parties N --lead [options]
       state-signals barrier NAME --follow [options]

Blocks until N parties wait at the barrier NAME; then all of them go on. None
is a leader. If one party gives up, all fail, and each names the missing ones.

With --value, each party hands in a JSON value, and all of them print the same
object: the values by the names of their parties. A party that needs the values
of others hands in null. With --at-least, so many parties leave without the
missing ones; one that comes too late fails.

Python peers don't know that barrier. With them, one party leads the others:
with --lead, or in Python a SignalExporter whose process name is NAME. The
others follow: with --follow, or in Python a SignalResponder. The leader
publishes initialization each second until N - 1 others have answered, and
barrier; then success if all have answered that with ras 1, else fail; then
shutdown. Followers answer each event with ras 1.

Options:
  --parties N            how many; or their names, such as a,b,c, so that
                         missing ones can be named; the same for all parties;
                         with --follow it may be left out
  --party NAME           this party's name; needed where --parties are names
  --value JSON           hand in a value of at most 64 KiB, 512 KiB for all
                         parties, and print the values of all; not with a leader
  --at-least N           how many leave without the others, more than half of
                         them; the same for all parties; not with a leader
  --settle TIME          how long so many wait for the others (5s)
  --lead                 lead the others; the leader is one of the N
  --follow               follow a leader; one that was started again, too
  --generation N         number of the round (0): rounds don't meet each other;
                         not with a leader: give each round a NAME of its own
  --timeout TIME         how long to wait for the others (60s); give followers
                         more than their leader

Exit code 0: all leave together; 2: a party gave up waiting for the missing
ones; 1: a party was interrupted, lost its link, had its name taken, or came too
late, or the values were too large; 69: this party lost its link, or so few came
that others may have left before; their decision can't be known.

A leader's: 1: a party answered that it failed; 2: one did not come, has left,
or did not answer. A responder that answers initialization counts as one of N,
and must answer barrier; if --parties are names, only those parties count.

A follower's: 0: success, or shutdown after barrier, as a leader of Python may
say no more; 1: fail, or shutdown before barrier; 2: the timeout came first.

Permissions: --allow-net=HOST:PORT, and --allow-sys=hostname for a default
party name that tells the host

Examples:
  state-signals barrier warm --parties 3 && ./measure.sh
  state-signals barrier warm --parties node-1,node-2 --party node-1 --timeout 5m
  state-signals barrier address --parties server,client --party client \\
    --value null | jq -r .server

Three parties, of which one leads and one is Python:
  state-signals barrier warm --lead --parties 3 --timeout 5m && ./measure.sh
  state-signals barrier warm --follow --party vm-2 --timeout 6m && ./measure.sh
  python3 vm_3.py && ./measure.sh
where vm_3.py is
  import sys, state_signals
  responder = state_signals.SignalResponder(responder_name="vm-3")
  for signal in responder.listen():
      if signal.process_name == "warm":
          responder.srespond(signal, 1)
          if signal.event in ("success", "fail"):
              sys.exit(signal.event == "fail")`,
  options: {
    ...CONNECTION_OPTIONS,
    parties: { type: "string" },
    party: { type: "string" },
    value: { type: "string" },
    "at-least": { type: "string" },
    settle: { type: "string" },
    lead: { type: "boolean" },
    follow: { type: "boolean" },
    generation: { type: "string" },
    timeout: { type: "string" },
  },
  positionals: ["NAME"],
  async run(context) {
    const { args, output } = context;
    const role = roleOf(args);
    const parties = partiesOf(args);
    const timeout = args.time("timeout") ?? 60_000;
    if (role !== undefined) refuseWithLeader(args, role);
    const generation = args.whole("generation", 0);
    const terms = {
      name: args.positional(0),
      party: args.text("party"),
      timeout,
    };
    let outcome: BarrierOutcome;
    if (role === "follow") outcome = await followBarrier(context, terms);
    else if (parties === undefined) {
      throw new UsageError("--parties is missing");
    } else if (role === "lead") {
      outcome = await leadBarrier(context, { ...terms, parties });
    } else {
      const quorum = quorumOf(args, parties);
      const rest = { parties, generation, value: valueOf(args), ...quorum };
      outcome = await meet(context, { ...terms, ...rest });
    }
    await tellOutcome(outcome, output);
    return outcome.type === "open" ? ExitCode.Success : outcome.code;
  },
};

function roleOf(args: Arguments): "lead" | "follow" | undefined {
  const follows = args.flag("follow");
  if (!args.flag("lead")) return follows ? "follow" : undefined;
  if (!follows) return "lead";
  throw new UsageError("Cannot use --lead together with --follow");
}

function partiesOf(args: Arguments): number | readonly string[] | undefined {
  const text = args.text("parties");
  if (text === undefined) return undefined;
  const names = text.split(",");
  if (!isNaN(Number(text))) {
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000) {
      return Number(text);
    }
  } else if (
    names.length <= 1_000 && new Set(names).size === names.length &&
    !names.includes("")
  ) {
    if (names.includes(args.text("party") ?? "")) return names;
    throw new UsageError("--party must be one of the names in --parties");
  }
  throw new UsageError(
    `Cannot use --parties as it must be a number from 1 to 1000, or names that differ and are not empty: current value is ${
      JSON.stringify(clip(text))
    }`,
  );
}

/** Options that only a barrier without a leader has, and why. */
const LEADERLESS: Readonly<Record<string, string>> = {
  generation: "signals tell of no rounds: give each round a NAME of its own",
  value: "a leader passes on no values: leave out --lead and --follow",
  "at-least": "a leader waits for all: leave out --lead and --follow",
  settle: "a leader waits for all: leave out --lead and --follow",
};

function refuseWithLeader(args: Arguments, role: string): void {
  for (const [option, why] of Object.entries(LEADERLESS)) {
    if (args.text(option) === undefined) continue;
    throw new UsageError(`Cannot use --${option} with --${role} as ${why}`);
  }
}

function valueOf(args: Arguments): unknown {
  const text = args.text("value");
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    encodeValue(value);
    return value;
  } catch (error) {
    throw new UsageError(
      error instanceof SyntaxError
        ? `Cannot use --value as it must be JSON: current value is ${
          JSON.stringify(clip(text))
        }`
        : (error as Error).message,
    );
  }
}

function quorumOf(
  args: Arguments,
  parties: number | readonly string[],
): Pick<BarrierOptions, "atLeast" | "settle"> {
  const all = typeof parties === "number" ? parties : parties.length;
  const atLeast = args.whole("at-least", Math.floor(all / 2) + 1, all);
  const settle = args.time("settle");
  if (settle === undefined || atLeast !== undefined) return { atLeast, settle };
  throw new UsageError("Cannot use --settle as it must come with --at-least");
}

/** Waits at a barrier without a leader. */
async function meet(
  { connection, interrupted }: Context,
  { name, ...options }: BarrierOptions & { name: string },
): Promise<BarrierOutcome> {
  const isExchange = options.value !== undefined;
  try {
    const { members, index, elapsed, values } = await barrier(name, {
      ...connection(),
      ...options,
      signal: interrupted,
    });
    const told = Object.fromEntries(values);
    const exchanged = isExchange || values.size > 0 ? { values: told } : {};
    return { type: "open", members, index, elapsed, isExchange, ...exchanged };
  } catch (error) {
    if (!(error instanceof BarrierError)) throw error;
    const { message, reason, outcome, by, arrived, missing, missingCount } =
      error;
    return {
      type: "failed",
      code: interrupted.aborted ? ExitCode.Interrupted : codeOf(error),
      message,
      reason,
      outcome,
      by,
      arrived,
      missing,
      missingCount,
    };
  }
}

function codeOf({ outcome, reason }: BarrierError): ExitCode {
  if (outcome === "unknown") return ExitCode.Unavailable;
  return reason === "timeout" ? ExitCode.Missing : ExitCode.Failed;
}
