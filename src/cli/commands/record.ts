/**
 * `record`: keeps every signal and answer, and when it came.
 *
 * @module
 */
import type { Arguments } from "../args/arguments.ts";
import type { Command, Context } from "../args/command.ts";
import { counted } from "../output/counted.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import { Recorder } from "../recording/recorder.ts";
import { appendTo } from "../recording/append.ts";
import { type RecordingFile, writeTo } from "../recording/recording_writer.ts";
import { ShutdownWatch } from "../recording/shutdown_watch.ts";
import { formatTime } from "../output/time.ts";
import { TimeLimit } from "../process/time_limit.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command. */
export const recordCommand: Command = {
  name: "record",
  summary: "Record signals and answers in a file",
  help: `\
Usage: state-signals record [FILE] [options]

Writes every signal and every answer, as it came, to FILE or standard output,
until interrupted. Each line is a JSON object: "at" is when it was received,
"t" the same in milliseconds since the recording began, "payload" the message.
What is published while the link is lost can't be recorded, and what comes
while FILE or the reader of standard output takes no more than 64 MiB is
dropped: lines of the type "gap" say when that was, and how many messages were
"dropped". Exporters of this module are asked to report who joins and leaves
and how each publish ends: lines of the type "report". That takes the right to
state-signals:control.

Options:
  --until-shutdown NAME  end when NAME, a process name or publisher id, has
                         shut down; several times: when all of them have
  --timeout TIME         end after so long (never)
  --append               go on with a FILE that exists, which is refused
                         otherwise; a last line that was cut short is ended

Permissions: --allow-net=HOST:PORT, --allow-write=FILE; --allow-read=FILE lets
--append see how FILE ends (without it, an empty line goes before the rest)

Examples:
  state-signals record run.ndjson --until-shutdown fio
  state-signals timeline run.ndjson
  state-signals record | jq -r 'select(.type == "signal").payload'`,
  options: {
    ...CONNECTION_OPTIONS,
    "until-shutdown": { type: "string", multiple: true },
    timeout: { type: "string" },
    append: { type: "boolean" },
  },
  positionals: ["[FILE]"],
  async run(context) {
    const { args, output, interrupted, connection } = context;
    const timeout = args.time("timeout") ?? Infinity;
    await using file = await openFile(args, output);
    using shutdown = new ShutdownWatch(args.texts("until-shutdown"));
    using late = new TimeLimit(timeout);
    await using recorder = await Recorder.open(connection(), {
      file,
      watch: shutdown,
      onGap: (reason) =>
        output.alert(line`${paint("yellow", "gap:")} ${reason}`),
      onRefused: (reason) =>
        void output.note(
          line`${
            paint("yellow", "warning:")
          } exporters can't report: ${reason}`,
        ),
    });
    const reason = await recorder.run({
      interrupted,
      "output closed": output.closed,
      timeout: late.signal,
      shutdown: shutdown.signal,
    });
    const { dropped } = recorder;
    // What is written may never be read.
    if (dropped > 0) {
      const what = counted(dropped, "message");
      output.alert(line`${paint("yellow", "gap:")} ${what} dropped in all`);
    }
    await file.flush();
    await report(context, recorder);
    return reason === "interrupted" ? ExitCode.Interrupted : ExitCode.Success;
  },
};

async function openFile(
  args: Arguments,
  output: Context["output"],
): Promise<RecordingFile> {
  const path = args.optionalPositional(0);
  const append = args.flag("append");
  if (path === undefined) {
    if (append) throw new UsageError("Cannot append without a FILE");
    return writeTo((text) => output.text(text));
  }
  try {
    if (append) return await appendTo(path);
    const file = await Deno.open(path, { write: true, createNew: true });
    return writeTo(file, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new UsageError(
        `Cannot record to ${path} as it exists already: --append goes on with it`,
      );
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(
        `Cannot record to ${path} as there is no such place`,
      );
    }
    throw error;
  }
}

async function report(
  { args, output }: Context,
  { signals, responses, gaps, dropped, elapsed }: Recorder,
): Promise<void> {
  const parts = [
    counted(signals, "signal"),
    counted(responses, "answer"),
    ...(gaps === 0 ? [] : [counted(gaps, "gap")]),
    ...(dropped === 0 ? [] : [`${counted(dropped, "message")} dropped`]),
  ];
  const summary = line`Recorded ${parts.join(", ")} in ${formatTime(elapsed)}`;
  const toFile = args.optionalPositional(0) !== undefined;
  // Without a file the recording itself is on standard output.
  if (!toFile) return await output.note(summary);
  const counts = { signals, responses, gaps, dropped, elapsed };
  await output.result(summary, { type: "recorded", ...counts });
}
