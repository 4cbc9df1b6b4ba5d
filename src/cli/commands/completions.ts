/**
 * `completions`: scripts by which shells complete the command line.
 *
 * @module
 */
import type { Command } from "../args/command.ts";
import { UsageError } from "../args/usage_error.ts";
import { bashScript } from "../completions/bash.ts";
import { fishScript } from "../completions/fish.ts";
import { completionTable } from "../completions/table.ts";
import { zshScript } from "../completions/zsh.ts";
import { ExitCode } from "../exit_codes.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };
const SHELLS = Object.keys(SCRIPTS);

/**
 * The command.
 *
 * @param commands All commands; read when the command runs.
 */
export function completionsCommand(
  commands: () => readonly Command[],
): Command {
  return {
    name: "completions",
    summary: "Print a script by which a shell completes commands and options",
    help: `\
Usage: state-signals completions SHELL

Prints a script by which SHELL completes commands, their options and files.
SHELL is bash, zsh or fish.

Permissions: none

Examples:
In ~/.bashrc:
  eval "$(state-signals completions bash)"
Once, for zsh, into a folder of $fpath, and for fish:
  state-signals completions zsh > ~/.zfunc/_state-signals
  state-signals completions fish > ~/.config/fish/completions/state-signals.fish`,
    options: {},
    positionals: ["SHELL"],
    words: { SHELL: SHELLS },
    endsAtOnce: true,
    async run({ args, output }) {
      const shell = args.positional(0);
      if (!isShell(shell)) {
        throw new UsageError(
          `Cannot use SHELL as it must be ${
            SHELLS.join(" or ")
          }: current value is ${JSON.stringify(shell)}`,
        );
      }
      await output.text(SCRIPTS[shell](completionTable(commands())));
      return ExitCode.Success;
    },
  };
}

function isShell(text: string): text is keyof typeof SCRIPTS {
  return Object.hasOwn(SCRIPTS, text);
}
