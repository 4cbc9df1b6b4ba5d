/**
 * From words to a command's arguments.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Arguments, type OptionValues } from "./arguments.ts";
import type { Command } from "./command.ts";
import { COMMON_OPTIONS } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads what follows a command's name.
 *
 * @param command The command.
 * @param words What follows.
 * @returns The arguments; `"help"` where help is asked for.
 * @throws {UsageError} If the command does not take them.
 */
export function parseArguments(
  command: Command,
  words: readonly string[],
): Arguments | "help" {
  const dashes = command.takesCommand ? words.indexOf("--") : -1;
  const own = dashes === -1 ? words : words.slice(0, dashes);
  const users = dashes === -1 ? [] : words.slice(dashes + 1);
  const { values, positionals } = read(command, own);
  if (values.help === true) return "help";
  const required = command.positionals.filter((name) => !name.startsWith("["));
  const missing = required[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const extra = positionals[command.positionals.length];
  if (extra !== undefined) {
    throw new UsageError(
      `There is an argument too many: ${JSON.stringify(extra)}`,
    );
  }
  if (command.takesCommand && users.length === 0) {
    throw new UsageError("The command is missing: it follows after --");
  }
  return new Arguments(values, positionals, users);
}

function read(
  command: Command,
  words: readonly string[],
): { values: OptionValues; positionals: string[] } {
  try {
    return parseArgs({
      args: [...words],
      options: { ...COMMON_OPTIONS, ...command.options },
      allowPositionals: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What follows the first sentence speaks of `--`, which means more here.
    throw new UsageError(error.message.replace(/\. .*/s, ""));
  }
}
