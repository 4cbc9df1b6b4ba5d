/**
 * `wait`: until a process is in a state.
 *
 * @module
 */
import type { Command } from "../args/command.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import { clip } from "../output/observation_line.ts";
import { formatTime, isoTime } from "../output/time.ts";
import { type ProcessState, waitForState } from "../state_wait.ts";

/** The command. */
export const waitCommand: Command = {
  name: "wait",
  summary: "Wait until a process is in a state",
  help: `\
Usage: state-signals wait PROCESS EVENT [options]

Ends as soon as PROCESS, a process name or publisher id, is in the state EVENT:
at once where it is in that state now, else when it publishes EVENT. It
subscribes first and asks then, so no change of state is missed. Where several
exporters have that name, one of them will do. Answers no signal.

Exporters of the Python package don't answer the question: of them, only an
EVENT that is published from now on is seen. So is shutdown of an exporter that
has closed by then, because nothing is there to answer: start to wait before it
shuts down.

Options:
  --tag TAG              only a state with this tag
  --timeout TIME         how long to wait (never); then code 3

Permissions: --allow-net=HOST:PORT

Examples:
  state-signals wait fio start --timeout 5m && ./collect.sh
  state-signals wait build shutdown
  state-signals wait fio start --json | jq -r .publisher_id`,
  options: {
    ...CONNECTION_OPTIONS,
    tag: { type: "string" },
    timeout: { type: "string" },
  },
  positionals: ["PROCESS", "EVENT"],
  async run({ args, output, interrupted, connection }) {
    const process = args.positional(0);
    const event = args.positional(1);
    const timeout = args.time("timeout") ?? Infinity;
    output.status(line`waiting for ${clip(process)} ${clip(event)} …`);
    const { reached, last } = await waitForState(connection(), {
      process,
      event,
      tag: args.text("tag"),
      timeout,
      ended: interrupted,
    });
    output.status(undefined);
    if (reached !== undefined) {
      await output.result(lineOf(reached), recordOf(reached));
      return ExitCode.Success;
    }
    interrupted.throwIfAborted();
    const seen = last === undefined ? "" : `; last seen in ${clip(last.state)}`;
    await output.result(
      line`${paint("red", "timeout")}: ${clip(process)} was not in ${
        clip(event)
      } within ${formatTime(timeout)}${seen}`,
      {
        type: "timeout",
        process,
        event,
        ...(last === undefined ? {} : { last: last.state }),
      },
    );
    return ExitCode.Timeout;
  },
};

function lineOf({ processName, runnerHost, state, since, by }: ProcessState) {
  const host = runnerHost === "unknown" ? "" : ` on ${clip(runnerHost)}`;
  const span = formatTime(Math.max(0, Date.now() - since));
  return line`${paint("cyan", clip(processName))}${host}: ${clip(state)}${
    by === "signal" ? "" : `, for ${span}`
  }`;
}

function recordOf(
  { publisherId, processName, runnerHost, state, tag, since, by }: ProcessState,
): Record<string, unknown> {
  return {
    type: "state",
    publisher_id: publisherId,
    process_name: processName,
    runner_host: runnerHost,
    state,
    since: isoTime(since),
    ...(tag === undefined ? {} : { tag }),
    by,
  };
}
