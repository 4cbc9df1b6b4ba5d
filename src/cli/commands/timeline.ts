/**
 * `timeline`: draws a recording.
 *
 * @module
 */
import type { Arguments } from "../args/arguments.ts";
import type { Command } from "../args/command.ts";
import { counted } from "../output/counted.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import { writing } from "../output/write_error.ts";
import {
  openRecording,
  RecordingReader,
} from "../recording/recording_reader.ts";
import { TimelineBuilder } from "../timeline/builder.ts";
import { toChromeTrace, traceText } from "../timeline/chrome_trace.ts";
import { toHtml } from "../timeline/html.ts";
import type { Timeline } from "../timeline/model.ts";
import { statisticsOf, type StatisticsRow } from "../timeline/statistics.ts";
import { toMarkdown, toText } from "../timeline/summary_text.ts";
import { formatTime } from "../output/time.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command. */
export const timelineCommand: Command = {
  name: "timeline",
  summary: "Draw a recording: an HTML page, or a trace for Perfetto",
  help: `\
Usage: state-signals timeline FILE [options]

Draws what record has written to FILE: one HTML page that needs nothing else,
to be opened in a browser or sent, or a trace that Perfetto
(https://ui.perfetto.dev) and chrome://tracing open.

What is too much for a browser is summarised, and the page and a warning say
so: more than 100,000 missing answers are counted for each signal, and after
500,000 signals and answers the rest is counted. A line longer than 64 MiB is
refused.

With --summary or --markdown the statistics of the page are printed: for each
phase and subscriber how many answers there are, how long they took (half and 95
of 100 of them at most, and the slowest), and how many failed or are missing. A
page or trace is then written only where --out names one.

Options:
  --out OUT              where to write it: OUT.html is a page, OUT.json a
                         trace; else FILE with .html in place of its ending
  --title TITLE          what the page is called (the name of FILE)
  --summary              print the statistics as text
  --markdown             print the statistics as Markdown

Permissions: --allow-read=FILE --allow-write=OUT

Examples:
  state-signals timeline run.ndjson
  state-signals timeline run.ndjson --out trace.json
  state-signals timeline run.ndjson --markdown >> "$GITHUB_STEP_SUMMARY"`,
  options: {
    out: { type: "string" },
    title: { type: "string" },
    summary: { type: "boolean" },
    markdown: { type: "boolean" },
  },
  positionals: ["FILE"],
  endsAtOnce: true,
  async run({ args, output }) {
    const file = args.positional(0);
    const title = args.text("title") ?? baseName(file);
    const toPrinted = printerOf(args);
    const out = toPrinted === undefined || args.text("out") !== undefined
      ? outOf(args)
      : undefined;
    using recording = await openRecording(file);
    const reader = new RecordingReader();
    const builder = new TimelineBuilder();
    for await (const entry of reader.read(recording, file)) builder.add(entry);
    const timeline = builder.build(reader.started);
    if (out !== undefined) {
      const drawn = out.endsWith(".json")
        ? ReadableStream.from(traceText(toChromeTrace(timeline)))
        : await toHtml(timeline, title);
      await writing(out, () => Deno.writeTextFile(out, drawn));
    }
    const { skipped } = reader;
    if (skipped > 0) {
      const lines = counted(skipped, "line");
      await output.note(
        line`${
          paint("yellow", "warning:")
        } ${lines} of ${file} left out, as no part of a recording`,
      );
    }
    for (const what of summarised(timeline)) {
      await output.note(line`${paint("yellow", "warning:")} ${what}`);
    }
    const statistics = statisticsOf(timeline);
    const { totals } = statistics;
    if (toPrinted !== undefined && !output.json) {
      await output.text(toPrinted(statistics, title));
    }
    const what = [
      counted(totals.publishers, "publisher"),
      counted(totals.signals, "signal"),
      counted(totals.answers, "answer"),
    ];
    const wrote = line`Wrote ${out ?? ""}: ${what.join(", ")}`;
    const isPrinted = toPrinted !== undefined;
    // Standard output is the printed statistics and nothing else.
    if (isPrinted && out !== undefined && !output.json) {
      await output.note(wrote);
    }
    await output.result(isPrinted ? undefined : wrote, {
      type: "timeline",
      ...(out !== undefined && { file: out }),
      ...totals,
      skipped,
      ...(timeline.undrawn && { undrawn: timeline.undrawn }),
      ...(isPrinted && {
        phases: statistics.phases.map((row) => recordOf(row, timeline)),
        subscribers: statistics.subscribers.map((row) =>
          recordOf(row, timeline)
        ),
      }),
    });
    return ExitCode.Success;
  },
};

/**
 * What prints the statistics, if they were asked for.
 *
 * @throws {UsageError} If both ways to print them were.
 */
function printerOf(args: Arguments): typeof toText | undefined {
  const [summary, markdown] = [args.flag("summary"), args.flag("markdown")];
  if (summary && markdown) {
    throw new UsageError("Cannot use --summary together with --markdown");
  }
  return summary ? toText : markdown ? toMarkdown : undefined;
}

/** A row of the statistics with the names of the wire. */
function recordOf(row: StatisticsRow, { lanes }: Timeline) {
  const { lane, responder, phase, publisher: _, subscriber: __, ...rest } = row;
  const { worstItem: ___, ...figures } = rest;
  const { publisherId, processName, responders } = lanes[lane]!;
  return {
    publisher_id: publisherId,
    process_name: processName,
    event: phase,
    ...(responder !== -1 && { responder_id: responders[responder]!.id }),
    ...figures,
  };
}

/** @throws {UsageError} If it is neither a page nor a trace, or would replace the recording. */
function outOf(args: Arguments): string {
  const file = args.positional(0);
  const out = args.text("out") ?? `${file.replace(/\.[^./\\]*$/, "")}.html`;
  if (!/\.(html?|json)$/.test(out)) {
    throw new UsageError(
      `Cannot use --out as it must end with .html or .json: current value is ${
        JSON.stringify(out)
      }`,
    );
  }
  if (out !== file) return out;
  throw new UsageError(`Cannot write to ${out} as it is the recording itself`);
}

function baseName(path: string): string {
  return path.slice(path.search(/[^/\\]*$/));
}

/** Says what was too much to be drawn. */
function summarised({ lanes, undrawn }: Timeline): string[] {
  const missing = lanes.reduce(
    (sum, { unanswered }) =>
      sum + unanswered.reduce((sum, { count }) => sum + count, 0),
    0,
  );
  const said: string[] = [];
  if (missing > 0) {
    said.push(
      `${missing} missing answers are too many to be drawn one by one: they are counted for each signal`,
    );
  }
  if (undrawn !== undefined) {
    const { from, signals, answers } = undrawn;
    said.push(
      `${counted(signals, "signal")}, ${counted(answers, "answer")} from ${
        formatTime(from)
      } on are too much to be drawn: they are only counted`,
    );
  }
  return said;
}
