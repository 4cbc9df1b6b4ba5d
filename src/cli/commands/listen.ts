/**
 * `listen`: watches signals, and answers, pass.
 *
 * @module
 */
import type { Arguments } from "../args/arguments.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import {
  observationLine,
  observationRecord,
} from "../output/observation_line.ts";
import { line, paint } from "../output/line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { peerName } from "../../protocol/peer_name.ts";
import { ChannelMonitor, type Observation } from "../channel_monitor.ts";
import { TimeLimit } from "../process/time_limit.ts";

/** The command. */
export const listenCommand: Command = {
  name: "listen",
  summary: "Watch signals and answers pass",
  help: `\
Usage: state-signals listen [options]

Prints each signal as one line, until interrupted; answers none. Holds 64 MiB
for a reader that does not keep up; of what is more, the oldest is dropped, and
a line says how much.

Options:
  --event EVENT          only this event; may be given several times
  --publisher NAME       only this process name or publisher id; several times
  --tag TAG              only signals with this tag
  --count N              end after N signals
  --timeout TIME         end after so long (never): with code 3 where --count
                         has not been reached, else with 0
  --responses            show answers and signs of progress, too; --tag hides
                         them, as they carry none
  --clock                show the time of day, not the time since the beginning

Permissions: --allow-net=HOST:PORT

Examples:
  state-signals listen --responses --clock
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
    clock: { type: "boolean" },
  },
  positionals: [],
  async run({ args, output, interrupted, connection }) {
    const matches = filterOf(args);
    const count = args.whole("count", 1);
    const timeout = args.time("timeout") ?? Infinity;
    await using monitor = await ChannelMonitor.open(connection(), {
      responses: args.flag("responses"),
      onDropped: () =>
        output.alert(
          line`${
            paint("yellow", "gap:")
          } more comes than is read: messages are dropped, and counted`,
        ),
    });
    const began = args.flag("clock") ? undefined : Date.now();
    using late = new TimeLimit(timeout);
    let left = count ?? Infinity;
    const ends = [interrupted, output.closed, late.signal];
    for await (const observation of monitor.listen(...ends)) {
      if (!matches(observation)) continue;
      await output.result(
        observationLine(observation, began),
        observationRecord(observation),
      );
      if (observation.kind === "signal" && --left === 0) break;
    }
    if (left === 0) return ExitCode.Success;
    if (interrupted.aborted) return ExitCode.Interrupted;
    return late.isOver && count !== undefined
      ? ExitCode.Timeout
      : ExitCode.Success;
  },
};

function filterOf(args: Arguments): (observation: Observation) => boolean {
  const events = new Set(args.texts("event"));
  const publishers = new Set(args.texts("publisher"));
  const tag = args.text("tag");
  const isOf = (id: string, processName: string) =>
    publishers.size === 0 || publishers.has(id) || publishers.has(processName);
  const isAbout = (event: string) => events.size === 0 || events.has(event);
  return (observation) => {
    switch (observation.kind) {
      case "signal": {
        const { event, publisherId, processName } = observation.signal;
        return isAbout(event) && isOf(publisherId, processName) &&
          (tag === undefined || observation.signal.tag === tag);
      }
      case "response": {
        const { event, publisherId } = observation.response;
        return tag === undefined && isAbout(event) &&
          isOf(publisherId, peerName(publisherId));
      }
      default:
        return true;
    }
  };
}
