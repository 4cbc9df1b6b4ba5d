/**
 * `broker`: runs the embedded broker until it is interrupted.
 *
 * @module
 */
import { Broker } from "../../broker/mod.ts";
import type { Command } from "../args/command.ts";
import { ExitCode } from "../exit_codes.ts";
import { line } from "../output/line.ts";
import { readPassword } from "../args/credentials.ts";
import { UsageError } from "../args/usage_error.ts";

/** The command `broker`. */
export const brokerCommand: Command = {
  name: "broker",
  summary: "Run the embedded broker: a stand-in for Redis",
  help: `\
Usage: state-signals broker [options]

Runs a pub/sub server that speaks the Redis wire format, until interrupted.
redis-cli and clients that know Redis publish and subscribe over it, also in
pipelines and transactions. It keeps no data and refuses commands for that.

Options:
  --port PORT            port to listen on (6379; 0: a free one)
  --hostname ADDRESS     address to listen on (127.0.0.1); one that other
                         machines can reach needs a password
  --password-file FILE   file that holds the password of clients in UTF-8; a
                         line break at its end does not count

Permissions: --allow-net=ADDRESS:PORT, and --allow-read=FILE for the password

Examples:
  state-signals broker
  state-signals broker --hostname 0.0.0.0 --password-file broker.password`,
  options: {
    port: { type: "string" },
    hostname: { type: "string" },
    "password-file": { type: "string" },
  },
  positionals: [],
  async run({ args, output, interrupted }) {
    const hostname = args.text("hostname") ?? "127.0.0.1";
    const file = args.text("password-file");
    await using broker = listen({
      hostname,
      port: args.whole("port", 0, 65_535) ?? 6379,
      password: file === undefined
        ? undefined
        : await readPassword(file, "--password-file"),
    });
    await output.result(
      line`Listening on ${broker.url}`,
      { type: "listening", url: broker.url, port: broker.port },
    );
    await whenAborted(AbortSignal.any([interrupted, output.failed]));
    return ExitCode.Interrupted;
  },
};

function listen(options: Parameters<typeof Broker.listen>[0]): Broker {
  try {
    return Broker.listen(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`${error.message}: --password-file sets one`);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
