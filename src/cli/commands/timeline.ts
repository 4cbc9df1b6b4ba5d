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
import type { Lane, Timeline } from "../timeline/model.ts";
import { formatTime } from "../output/time.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command. */
export const timelineCommand: Command = {
  name: "timeline",
  summary: "Draw a recording: an HTML page, or a trace for Perfetto",
  help: `\
Usage: state-signals timeline FILE [options]

Draws what record has written to FILE: one HTML page that needs nothing else,
to be opened in a browser or sent to somebody, or a trace that Perfetto
(https://ui.perfetto.dev) and chrome://tracing open.

What is too much for a browser is summarised, and the page and a warning say
so: more than 100,000 missing answers are counted for each signal, and after
500,000 signals and answers the rest is counted. A line longer than 64 MiB is
refused.

Options:
  --out OUT              where to write it: OUT.html is a page, OUT.json a
                         trace; else FILE with .html in place of its ending
  --title TITLE          what the page is called (the name of FILE)

Permissions: --allow-read=FILE --allow-write=OUT

Examples:
  state-signals timeline run.ndjson
  state-signals timeline run.ndjson --out trace.json`,
  options: { out: { type: "string" }, title: { type: "string" } },
  positionals: ["FILE"],
  endsAtOnce: true,
  async run({ args, output }) {
    const file = args.positional(0);
    const out = outOf(args);
    using recording = await openRecording(file);
    const reader = new RecordingReader();
    const builder = new TimelineBuilder();
    for await (const entry of reader.read(recording)) builder.add(entry);
    const timeline = builder.build(reader.started);
    const drawn = out.endsWith(".json")
      ? ReadableStream.from(traceText(toChromeTrace(timeline)))
      : await toHtml(timeline, args.text("title") ?? baseName(file));
    await writing(out, () => Deno.writeTextFile(out, drawn));
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
    const counts = countsOf(timeline);
    const what = [
      counted(counts.publishers, "publisher"),
      counted(counts.signals, "signal"),
      counted(counts.answers, "answer"),
    ];
    await output.result(
      line`Wrote ${out}: ${what.join(", ")}`,
      {
        type: "timeline",
        file: out,
        ...counts,
        skipped,
        ...(timeline.undrawn && { undrawn: timeline.undrawn }),
      },
    );
    return ExitCode.Success;
  },
};

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

function countsOf({ lanes, gaps }: Timeline) {
  const sum = (count: (lane: Lane) => number) =>
    lanes.reduce((sum, lane) => sum + count(lane), 0);
  return {
    publishers: lanes.length,
    signals: sum(({ signals }) => signals.length),
    answers: sum(({ answers }) =>
      answers.filter(({ reported }) => !reported).length
    ),
    failed: sum(({ answers }) =>
      answers.filter(({ kind }) => kind === "failed").length
    ),
    missing: sum(({ missing, unanswered }) =>
      unanswered.reduce((sum, { count }) => sum + count, missing.length)
    ),
    gaps: gaps.length,
  };
}
