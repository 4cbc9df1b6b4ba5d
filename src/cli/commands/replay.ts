/**
 * `replay`: publishes the signals of a recording once more.
 *
 * @module
 */
import type { Arguments } from "../args/arguments.ts";
import type { Command } from "../args/command.ts";
import { counted } from "../output/counted.ts";
import { ExitCode } from "../exit_codes.ts";
import { line, paint } from "../output/line.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import {
  openRecording,
  RecordingReader,
} from "../recording/recording_reader.ts";
import { Replayer } from "../recording/replayer.ts";
import { formatTime } from "../output/time.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command. */
export const replayCommand: Command = {
  name: "replay",
  summary: "Publish the signals of a recording once more",
  help: `\
Usage: state-signals replay FILE [options]

Publishes the signals that record has written to FILE, as they were: the same
payloads, malformed ones included, in the same order and as far apart as then.
Answers are not published, and replay waits for no answer: subscribers that are
to act on the signals must listen by then. While a publisher of this module is
replayed, it counts as alive.

Options:
  --speed N              N times as fast (1), such as 10 or 0.5; max: as fast
                         as it goes
  --new-ids              put a new UUID into each publisher's id: those who took
                         part in the recorded run know its signals, and would
                         not act on them again

Permissions: --allow-net=HOST:PORT --allow-read=FILE

Examples:
  state-signals replay run.ndjson
  state-signals replay run.ndjson --speed 10 --new-ids
  state-signals replay run.ndjson --speed max --redis redis://127.0.0.1:6379`,
  options: {
    ...CONNECTION_OPTIONS,
    speed: { type: "string" },
    "new-ids": { type: "boolean" },
  },
  positionals: ["FILE"],
  async run({ args, output, interrupted, connection }) {
    const speed = speedOf(args);
    const file = args.positional(0);
    using recording = await openRecording(file);
    await using replayer = await Replayer.open(connection(), {
      speed,
      newIds: args.flag("new-ids"),
      interrupted,
    });
    const reader = new RecordingReader();
    for await (const entry of reader.read(recording, file)) {
      if (entry.type !== "signal") continue;
      if (!await replayer.publish(entry.payload, entry.t)) break;
      output.status(line`${counted(replayer.published, "signal")} replayed`);
    }
    const { published, publishers, unheard, elapsed } = await replayer.finish();
    if (unheard > 0) {
      await output.note(
        line`${
          paint("yellow", "warning:")
        } no subscriber received ${unheard} of them`,
      );
    }
    const what = `${counted(published, "signal")} of ${
      counted(publishers, "publisher")
    }`;
    await output.result(
      line`Replayed ${what} in ${formatTime(elapsed)}`,
      { type: "replayed", published, publishers, unheard, elapsed },
    );
    return interrupted.aborted ? ExitCode.Interrupted : ExitCode.Success;
  },
};

function speedOf(args: Arguments): number {
  const text = args.text("speed") ?? "1";
  if (text === "max") return Infinity;
  const speed = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (speed > 0) return speed;
  throw new UsageError(
    `Cannot use --speed as it must be a number over 0, or max: current value is ${
      JSON.stringify(text)
    }`,
  );
}
