/**
 * `respond`: answers signals, by a shell command if one is given.
 *
 * @module
 */
import {
  INITIALIZATION,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import { SignalResponder } from "../../signals/responder/responder.ts";
import { checkMayRun, endLeftBehind } from "../process/children.ts";
import type { Command, Context } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { Column } from "../output/column.ts";
import { clip } from "../output/observation_line.ts";
import type { Handler } from "../../signals/responder/options.ts";
import { line, paint } from "../output/line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { UsageError } from "../args/usage_error.ts";
import { lastLineOf } from "../output/message_lines.ts";
import { runShell, SHELL } from "../process/shell.ts";
import { alignTime, formatTime } from "../output/time.ts";
import { MAX_TAIL } from "../process/tail.ts";
import { TimeLimit } from "../process/time_limit.ts";
import { signalRecord } from "../output/wire_record.ts";

/** The command `respond`. */
export const respondCommand: Command = {
  name: "respond",
  summary: "Answer signals, by a shell command if you like",
  help: `\
Usage: state-signals respond [options]

Subscribes to every publisher and answers its events, until interrupted: with
success, or with the outcome of a command.

Options:
  --name NAME            name of the responder (the host name with
                         --allow-sys=hostname, else unknown)
  --on EVENT             answer only this event; may be given several times. A
                         note names each other event that comes, once
  --tag TAG              answer only signals with this tag
  --exec 'COMMAND'       run by the shell for each event, one after the other:
                         exit status 0 is success, all else failure; the last
                         line of its output is the message. Ended, with all
                         that it has started, when its publisher shuts down or
                         is lost, and by SIGINT, SIGTERM, SIGHUP or SIGQUIT:
                         processes that are left 5 seconds later are killed, at
                         a second signal at once, and the answer is failure.
                         Processes that COMMAND leaves behind when it ends by
                         itself live on, until a signal.
  --tail N               with a failure, the last N lines of standard output and
                         standard error are the message, at most 64 KiB, and
                         then why it ended, such as its exit code
  --timeout TIME         how long a command may take (never)
  --until EVENT          end after this event was answered, such as shutdown;
                         with shutdown also, with code 2, when the only
                         publisher that was answered is lost

A command finds the signal as JSON on its standard input, and in SS_EVENT,
SS_PROCESS_NAME, SS_PUBLISHER_ID, SS_RUNNER_HOST, SS_SAMPLE, SS_TAG, SS_METADATA
(JSON) and SS_REASON, why the publisher stops: with --on shutdown, and with the
stop of a run that was asked to stop. They come from others: quote them, never
eval them. A field that is too long for a variable is empty there.

Permissions: --allow-net=HOST:PORT, and --allow-run for --exec.
(--allow-run=${SHELL} will do, but then only the shell itself can be signalled, not
what it has started)

Examples:
  state-signals respond --name node-7
  state-signals respond --on start --exec './collect.sh' --until shutdown
  state-signals respond --exec 'case "$SS_EVENT" in
    start) systemctl start collector ;;
    stop) systemctl stop collector && echo "$SS_TAG collected" ;;
  esac'`,
  options: {
    ...CONNECTION_OPTIONS,
    name: { type: "string" },
    on: { type: "string", multiple: true },
    tag: { type: "string" },
    exec: { type: "string" },
    tail: { type: "string" },
    timeout: { type: "string" },
    until: { type: "string" },
  },
  positionals: [],
  async run(context) {
    const { args, output, interrupted, connection } = context;
    const command = args.text("exec");
    const timeout = args.time("timeout") ?? Infinity;
    const tail = args.whole("tail", 1, MAX_TAIL);
    if (tail !== undefined && command === undefined) {
      throw new UsageError("Cannot use --tail without --exec");
    }
    const events = args.texts("on");
    if (events.includes(INITIALIZATION)) {
      throw new UsageError(
        `Cannot use --on ${INITIALIZATION} as it is always answered, and by itself: leave it out`,
      );
    }
    const name = args.text("name");
    const tag = args.text("tag");
    if (command !== undefined) checkMayRun(SHELL);
    const options = connection();
    await using responder = await SignalResponder.connect({
      ...options,
      ...(name === undefined ? {} : { name }),
    });
    if (tag !== undefined) responder.lockTag(tag);
    const { responderId } = responder;
    await output.result(
      line`Answering as ${responderId}`,
      { type: "ready", responder_id: responderId },
    );
    responder.addEventListener("unhandled", ({ detail: { signal } }) => {
      output.note(
        line`Passing over "${clip(signal.event)}" of ${
          clip(signal.processName)
        }, which --on does not name: its publishes get no answer from here`,
      );
    });
    const signals = new Column();
    const handle: Handler = (signal, { signal: abandoned }) => {
      const act = command === undefined
        ? () => Promise.resolve("")
        : () => execute(command, signal, { context, timeout, tail, abandoned });
      return tellOf(signal, act, { output, signals });
    };
    const handled = events.length === 0 ? ["*"] : events;
    await responder.serve(
      Object.fromEntries(handled.map((event) => [event, handle])),
      {
        until: args.text("until"),
        unknown: "pass",
        signal: AbortSignal.any([interrupted, output.failed]),
      },
    );
    if (!interrupted.aborted) return ExitCode.Success;
    using _ = context.hold();
    await endLeftBehind("SIGTERM");
    return ExitCode.Interrupted;
  },
};

/** How to run a command. */
interface ExecuteOptions {
  readonly context: Pick<
    Context,
    "hold" | "hurry" | "interrupted" | "output"
  >;
  /** Milliseconds that the command may take. */
  readonly timeout: number;
  /** How many of the last lines of output are the message of a failure. */
  readonly tail: number | undefined;
  /** Aborts when the publisher waits for no answer any more. */
  readonly abandoned: AbortSignal;
}

async function execute(
  command: string,
  signal: Signal,
  { context, timeout, tail, abandoned }: ExecuteOptions,
): Promise<string> {
  const { hold, hurry, interrupted, output } = context;
  using limit = new TimeLimit(timeout);
  using _ = hold();
  const { ok, message, how } = await runShell(command, signal, {
    ended: AbortSignal.any([abandoned, limit.signal]),
    hurry,
    errors: (bytes) => output.pass(bytes),
    tail,
  });
  if (ok) return message;
  const stop = interrupted.aborted ? interrupted : abandoned;
  const why = limit.isOver
    ? `stopped after ${formatTime(timeout)}`
    : stop.aborted
    ? `stopped: ${(stop.reason as Error).message}`
    : how;
  if (tail !== undefined && message !== "") {
    throw new Error(`${message}\n${why}`);
  }
  throw new Error(why === how ? message || how : why);
}

/** Acts on a signal, and reports the answer. */
async function tellOf(
  signal: Signal,
  act: () => Promise<string>,
  { output, signals }: { output: Context["output"]; signals: Column },
): Promise<string | undefined> {
  const begin = performance.now();
  const say = (ras: number, message: string) => {
    const elapsed = performance.now() - begin;
    const verdict = ras === 1
      ? paint("green", "ok     ")
      : paint("red", "failed ");
    const what = `${clip(signal.processName)} ${clip(signal.event)}`;
    output.result(
      line`${verdict}  ${paint("cyan", signals.pad(what))}  ${
        alignTime(elapsed)
      }  ${clip(lastLineOf(message))}`,
      {
        type: "answer",
        ras,
        message,
        elapsed_ms: elapsed,
        signal: signalRecord(signal),
      },
    );
  };
  try {
    const message = await act();
    say(1, message);
    return message === "" ? undefined : message;
  } catch (error) {
    say(0, (error as Error).message);
    if (signal.event === SHUTDOWN) return; // it gets no answer, and the failure is said
    throw error;
  }
}
