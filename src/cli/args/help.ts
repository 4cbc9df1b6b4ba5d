/**
 * Writes the pages of help.
 *
 * @module
 */
import type { Command } from "./command.ts";
import {
  COMMON_HELP,
  CONNECTION_HELP,
  FILE_HELP,
  TIME_HELP,
} from "./options.ts";

/** The exit codes, for people to read. */
const EXIT_CODES = `\
Exit codes:
    0  all went well
    1  a subscriber, or another party, failed
    2  one is missing
    3  timeout while waiting for subscribers or signals
   64  wrong usage
   69  the server can't be reached or is of another kind, an address is taken,
       or barrier can't know whether others have left
   70  a fault of the command itself, or a file or stream that can't be written
   77  a permission is missing: Deno's, or a right on the server
  129  SIGHUP    the terminal was closed
  130  SIGINT    Ctrl-C
  131  SIGQUIT   Ctrl-\\
  143  SIGTERM
run exits with the code of its command; after one of these signals with 128 and
the signal's number, too. A command ends within a second of a signal, whatever
its server does. run and respond --exec first give their command 5 seconds to
end before they kill it, and run gives 5 more to the answers to stop. A second
signal cuts both short.
`;

/** The page of all commands. */
export function mainHelp(commands: readonly Command[]): string {
  const widest = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) =>
    `  ${name.padEnd(widest)}  ${summary}\n`
  );
  return `\
Usage: state-signals COMMAND [options]

Signals for shell users: one process tells many others what state it is in,
and knows when all of them have acted on it.

Commands:
${list.join("")}
state-signals help COMMAND, or COMMAND --help, says what a command takes, which
permissions it needs, and shows examples. Options may also stand before COMMAND;
--version says the version.

${EXIT_CODES}`;
}

/** The page of one command, and below it the options that it shares with other commands. */
export function commandHelp(command: Command): string {
  const connects = "redis" in command.options;
  const takesTime = connects || "timeout" in command.options;
  return `\
${command.help.trim()}

Options that commands share:
${connects ? `${CONNECTION_HELP}\n` : ""}${COMMON_HELP}
${takesTime ? `\n${TIME_HELP}\n` : ""}${connects ? `\n${FILE_HELP}\n` : ""}
Exit codes: state-signals --help
`;
}
