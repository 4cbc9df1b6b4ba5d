/**
 * `publish`: publishes one event, from initialization to shutdown.
 *
 * @module
 */
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { exitCodeOf, PublishSession } from "../publish_session.ts";
import type { Arguments } from "../args/arguments.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import {
  PUBLISHING_HELP,
  PUBLISHING_OPTIONS,
  publishingOf,
} from "../args/publishing.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command `publish`. */
export const publishCommand: Command = {
  name: "publish",
  summary: "Publish one event and wait until every subscriber has acted on it",
  help: `\
Usage: state-signals publish PROCESS EVENT [options]

Waits for subscribers, publishes EVENT as PROCESS, waits until each of them
has answered, prints the answers, and shuts down. With --wait-for 0 it may find
no subscriber: then EVENT is published, and that is no failure.

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
  state-signals publish build done --wait-for 5 --timeout 1h || exit 1`,
  options: {
    ...CONNECTION_OPTIONS,
    ...PUBLISHING_OPTIONS,
    sample: { type: "string" },
  },
  positionals: ["PROCESS", "EVENT"],
  async run(context) {
    const { args, interrupted } = context;
    const event = args.positional(1);
    checkOwnEvent(event);
    const { count, waitTimeout, tag, metadata, exporter, answers } =
      publishingOf(args);
    const sample = sampleOf(args);
    await using session = await PublishSession.open(
      context,
      args.positional(0),
      exporter,
    );
    const gathered = await session.gather({
      count,
      timeout: waitTimeout,
      events: [event],
      tag,
    });
    if (!gathered) return ExitCode.Timeout;
    const result = await session.tell(event, {
      ...answers,
      signal: interrupted,
      ...(sample === undefined ? {} : { sample }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return exitCodeOf(result, count);
  },
};

function sampleOf(args: Arguments): bigint | undefined {
  const text = args.text("sample");
  if (text === undefined) return undefined;
  if (/^-?\d{1,100}$/.test(text)) return BigInt(text);
  throw new UsageError(
    `Cannot use --sample as it must be a whole number: current value is ${
      JSON.stringify(text)
    }`,
  );
}

/** Checks that an event is not one of the two that the protocol reserves. */
function checkOwnEvent(event: string): void {
  if (event !== INITIALIZATION && event !== SHUTDOWN) return;
  throw new UsageError(
    `Cannot publish ${event} as it is sent by itself, before and after the event`,
  );
}
