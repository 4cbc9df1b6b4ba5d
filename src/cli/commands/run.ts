/**
 * `run`: runs a command between the events `start` and `stop`.
 *
 * @module
 */
import { PublishSession } from "../publish_session.ts";
import { checkMayRun } from "../process/children.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { CONNECTION_OPTIONS } from "../args/options.ts";
import {
  PUBLISHING_HELP,
  PUBLISHING_OPTIONS,
  publishingOf,
} from "../args/publishing.ts";
import { WrappedRun } from "../process/wrapped_run.ts";

/** The command `run`. */
export const runCommand: Command = {
  name: "run",
  summary: "Run a command between start and stop",
  help: `\
Usage: state-signals run PROCESS [options] -- COMMAND [ARGUMENT…]

Waits for subscribers, publishes start, waits until each of them has answered,
runs COMMAND, publishes stop with exit_code and duration_ms in its metadata,
waits again, and shuts down. Its own output goes to standard error.

It exits with COMMAND's code. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on
to COMMAND and all that it has started; what is left 5 seconds later is killed.
Then stop, whose answers have 5 seconds, and shutdown are published, and the
exit code is 128 and the signal's number, whatever COMMAND made of it. A second
signal kills COMMAND at once.

When a responder asks for a stop (requestStop of the library), run says who
asks and why, ends COMMAND as at SIGTERM, or does not start it, publishes stop
and shutdown with the reason in their metadata, and exits with 1.

Options:
  --wait-for N           how many subscribers to wait for (1)
  --wait-timeout TIME    how long to wait for them (60s); then COMMAND does not
                         run and the exit code is 3
  --timeout TIME         how long to wait for answers, each time (20s)
  --strict               fail if a subscriber fails (1) or does not answer (2):
                         if it does so at start, COMMAND does not run
${PUBLISHING_HELP}

Permissions: --allow-net=HOST:PORT --allow-run=COMMAND; --allow-sys=hostname
tells responders where it runs. With --allow-run=COMMAND only COMMAND itself can
be signalled, not what it has started: that takes --allow-run. COMMAND then runs
in a session of its own, in which there is no /dev/tty

Examples:
  state-signals run fio --wait-for 3 -- fio --name=seq --rw=read --size=1G
  state-signals run build --strict --timeout 5m --tag nightly -- make test`,
  options: {
    ...CONNECTION_OPTIONS,
    ...PUBLISHING_OPTIONS,
    strict: { type: "boolean" },
  },
  positionals: ["PROCESS"],
  takesCommand: true,
  async run(context) {
    const { args } = context;
    const { count, waitTimeout, tag, metadata, exporter, answers } =
      publishingOf(args);
    const strict = args.flag("strict");
    const [program, ...rest] = args.command;
    checkMayRun(program!);
    await using session = await PublishSession.open(
      context,
      args.positional(0),
      exporter,
    );
    const stopped = session.obey();
    const gathered = await session.gather({
      signal: stopped,
      count,
      timeout: waitTimeout,
      events: ["start", "stop"],
      tag,
    });
    if (!gathered) return stopped.aborted ? ExitCode.Failed : ExitCode.Timeout;
    // COMMAND and stop have limits of their own.
    using _ = context.hold();
    const wrapped = new WrappedRun(context, session, {
      publishing: answers,
      metadata,
      strict,
      count,
      stopped,
    });
    return await wrapped.run(program!, rest);
  },
};
