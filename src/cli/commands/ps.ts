/**
 * `ps`: lists the live exporters.
 *
 * @module
 */
import type { PresenceReport } from "../../signals/roll_call/message.ts";
import { rollCall } from "../../signals/roll_call/roll_call.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { clip } from "../output/observation_line.ts";
import { join, type Line, line, paint, stripControls } from "../output/line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { peerNames } from "../output/peer_name.ts";
import { formatTime, isoTime } from "../output/time.ts";

/** The command `ps`. */
export const psCommand: Command = {
  name: "ps",
  summary: "List live exporters, their states and subscribers",
  help: `\
Usage: state-signals ps [options]

Asks all live exporters for their state, the time since when they are in it,
and their subscribers. Exporters of the Python package don't answer.

Options:
  --process NAME         only exporters of this process
  --tag TAG              only exporters whose state has this tag
  --count N              end as soon as N have answered; exit code 2 if fewer
                         have
  --timeout TIME         how long to wait for answers (500ms)

Permissions: --allow-net=HOST:PORT

Examples:
  state-signals ps
  state-signals ps --process fio --json | jq -r .state`,
  options: {
    ...CONNECTION_OPTIONS,
    process: { type: "string" },
    tag: { type: "string" },
    count: { type: "string" },
    timeout: { type: "string" },
  },
  positionals: [],
  async run({ args, output, interrupted, connection }) {
    const count = args.whole("count", 1);
    const process = args.text("process");
    const tag = args.text("tag");
    const timeout = args.time("timeout");
    const listed = await rollCall({
      ...connection(),
      signal: interrupted,
      ...(timeout === undefined ? {} : { timeout }),
      ...(process === undefined ? {} : { process }),
      ...(count === undefined ? {} : { count }),
      filter: (report) => tag === undefined || report.tag === tag,
    });
    const lines = table(listed);
    if (!output.json && listed.length > 0) {
      await output.result(lines[0], {});
    }
    for (const [n, report] of listed.entries()) {
      await output.result(lines[n + 1], recordOf(report));
    }
    if (listed.length === 0) output.note(line`No exporter has answered`);
    return listed.length < (count ?? 0) ? ExitCode.Missing : ExitCode.Success;
  },
};

function recordOf(report: PresenceReport): Record<string, unknown> {
  const { publisherId, processName, runnerHost, state, since, tag } = report;
  return {
    type: "exporter",
    publisher_id: publisherId,
    process_name: processName,
    runner_host: runnerHost,
    state,
    since: isoTime(since),
    ...(tag === undefined ? {} : { tag }),
    subscribers: report.subscribers,
    subscriber_count: report.subscriberCount,
  };
}

function table(reports: readonly PresenceReport[]): Line[] {
  const rows = [
    ["PROCESS", "HOST", "STATE", "FOR", "SUBSCRIBERS"],
    ...reports.map(cells),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row, n) => {
    const padded = row.map((cell, column) =>
      line`${cell.padEnd(widths[column]!)}`
    );
    const whole = join(padded, "  ");
    return n === 0 ? paint("dim", whole) : whole;
  });
}

function cells(report: PresenceReport): string[] {
  const { processName, runnerHost, state, since, subscribers } = report;
  const { subscriberCount } = report;
  const name = peerNames(subscribers);
  return [
    processName,
    runnerHost,
    state,
    formatTime(Math.max(0, Date.now() - since)),
    `${subscriberCount} ${subscribers.map(name).join(", ")}`,
  ].map((cell) => clip(stripControls(cell)));
}
