/**
 * `listen`: watches signals, and answers, pass.
 *
 * @module
 */
import type { Arguments } from "../args/arguments.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { heardLine, heardRecord } from "../output/observation_line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { peerName } from "../output/peer_name.ts";
import { type Heard, Tap } from "../channel_monitor.ts";
import { TimeLimit } from "../process/time_limit.ts";

/** The command. */
export const listenCommand: Command = {
  name: "listen",
  summary: "Watch signals and answers pass",
  help: `\
Usage: state-signals listen [options]

Prints each signal as one line, until interrupted; answers none.

Options:
  --event EVENT          only this event; may be given several times
  --publisher NAME       only this process name or publisher id; several times
  --tag TAG              only signals with this tag
  --count N              end after N signals
  --timeout TIME         end after so long (never): with code 3 where --count
                         has not been reached, else with 0
  --responses            show answers and signs of progress, too; --tag hides
                         them, as they carry none

Permissions: --allow-net=HOST:PORT

Examples:
  state-signals listen --responses
  state-signals listen --event start --count 1 --timeout 5m && ./on-start.sh
  state-signals listen --json | jq -r 'select(.type == "signal") | .event'`,
  options: {
    ...CONNECTION_OPTIONS,
    event: { type: "string", multiple: true },
    publisher: { type: "string", multiple: true },
    tag: { type: "string" },
    count: { type: "string" },
    timeout: { type: "string" },
    responses: { type: "boolean" },
  },
  positionals: [],
  async run({ args, output, interrupted, connection }) {
    const matches = filterOf(args);
    const count = args.whole("count", 1);
    const timeout = args.time("timeout") ?? Infinity;
    await using tap = await Tap.open(connection(), {
      responses: args.flag("responses"),
    });
    const begin = Date.now();
    using late = new TimeLimit(timeout);
    let left = count ?? Infinity;
    const ends = [interrupted, output.closed, late.signal];
    for await (const heard of tap.listen(...ends)) {
      if (!matches(heard)) continue;
      const { time } = heard;
      await output.result(heardLine(heard, time - begin), heardRecord(heard));
      if (heard.kind === "signal" && --left === 0) break;
    }
    if (left === 0) return ExitCode.Success;
    if (interrupted.aborted) return ExitCode.Interrupted;
    return late.isOver && count !== undefined
      ? ExitCode.Timeout
      : ExitCode.Success;
  },
};

function filterOf(args: Arguments): (heard: Heard) => boolean {
  const events = new Set(args.texts("event"));
  const publishers = new Set(args.texts("publisher"));
  const tag = args.text("tag");
  const isOf = (id: string, processName: string) =>
    publishers.size === 0 || publishers.has(id) || publishers.has(processName);
  const isAbout = (event: string) => events.size === 0 || events.has(event);
  return (heard) => {
    switch (heard.kind) {
      case "signal": {
        const { event, publisherId, processName } = heard.signal;
        return isAbout(event) && isOf(publisherId, processName) &&
          (tag === undefined || heard.signal.tag === tag);
      }
      case "response": {
        const { event, publisherId } = heard.response;
        return tag === undefined && isAbout(event) &&
          isOf(publisherId, peerName(publisherId));
      }
      default:
        return true;
    }
  };
}
