/**
 * `publish`: publishes one event, or the events on standard input, from
 * initialization to shutdown.
 *
 * @module
 */
import { exitCodeOf, PublishSession } from "../publish_session.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import {
  PUBLISHING_HELP,
  PUBLISHING_OPTIONS,
  publishingOf,
} from "../args/publishing.ts";
import { checkOwnEvent, sampleFrom } from "../args/signal_fields.ts";
import { isStandardStream } from "../args/file.ts";
import { publishLines } from "../publish_lines.ts";

/** The command `publish`. */
export const publishCommand: Command = {
  name: "publish",
  summary: "Publish events and wait until every subscriber has acted on them",
  help: `\
Usage: state-signals publish PROCESS EVENT [options]
       state-signals publish PROCESS - [options]

Waits for subscribers, publishes EVENT as PROCESS, waits until each of them
has answered, prints the answers, and shuts down. With --wait-for 0 it may find
no subscriber: then EVENT is published, and that is no failure.

With - in place of EVENT, the events stand on standard input, one a line:
  EVENT [SAMPLE] [JSON METADATA]
They are published one after the other, as they come, and shutdown after the
last one. The subscribers are those that were there before the first one. An
event that does not succeed does not keep later ones from being published, nor
does a line that can't be read or is longer than 16 MiB: standard error tells
its number, and its code is 64. The exit code is the worst of all events and
lines, which is the greatest: 77, 70, 69, 64, 2 missing, 1 failed, 0.
--sample is for lines without SAMPLE; --metadata and --metadata-json are for
all lines, whose own keys take precedence. --fail-fast ends at the first event
that does not succeed, or line that can't be read; no later one is published.

Options:
  --wait-for N           how many subscribers to wait for (1)
  --wait-timeout TIME    how long to wait for them (60s); then code 3
  --timeout TIME         how long to wait for the answers (20s); then code 2
${PUBLISHING_HELP}
  --sample N             number of the sample (-1)

Permissions: --allow-net=HOST:PORT; --allow-sys=hostname tells responders
where it runs

Examples:
  state-signals publish fio start --wait-for 3
  state-signals publish deploy ready --tag blue --metadata version=1.2 --json
  state-signals publish build done --wait-for 5 --timeout 1h || exit 1
  printf '%s\\n' warm 'start 1 {"jobs":4}' stop | state-signals publish fio -`,
  options: {
    ...CONNECTION_OPTIONS,
    ...PUBLISHING_OPTIONS,
    sample: { type: "string" },
  },
  positionals: ["PROCESS", "EVENT"],
  input: (args) =>
    isStandardStream(args.positional(1)) ? "the events" : undefined,
  async run(context) {
    const { args, interrupted } = context;
    const event = args.positional(1);
    const isInput = isStandardStream(event);
    checkOwnEvent(event);
    const { count, waitTimeout, tag, metadata, exporter, answers } =
      publishingOf(args);
    const sample = args.text("sample");
    const publishing = {
      ...answers,
      ...(sample === undefined ? {} : {
        sample: sampleFrom(sample, "--sample"),
      }),
      ...(metadata === undefined ? {} : { metadata }),
    };
    await using session = await PublishSession.open(
      context,
      args.positional(0),
      exporter,
    );
    const gathered = await session.gather({
      count,
      timeout: waitTimeout,
      events: isInput ? "any" : [event],
      tag,
    });
    if (!gathered) return ExitCode.Timeout;
    if (isInput) {
      const failFast = args.flag("fail-fast");
      return await publishLines(context, session, {
        publishing,
        count,
        failFast,
      });
    }
    const result = await session.tell(event, {
      ...publishing,
      signal: interrupted,
    });
    return exitCodeOf(result, count);
  },
};
