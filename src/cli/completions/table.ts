/**
 * What a shell completes, from the table of commands: options and arguments by
 * their specifications, descriptions and values by the pages of help.
 *
 * @module
 */
import type { Command } from "../args/command.ts";
import { commandHelp } from "../args/help.ts";
import { COMMON_OPTIONS, type OptionSpec } from "../args/options.ts";

/** What may stand for a value: one of these words, a file, or what no shell knows. */
export type Value = readonly string[] | "file" | "unknown";

/** An option of a command. */
export interface CompletedOption {
  /** Its name, without dashes. */
  readonly name: string;
  readonly short: string | undefined;
  readonly isMultiple: boolean;
  /** Its value; `undefined`: it takes none. */
  readonly value: Value | undefined;
  /** The value's name in the help, such as `TIME`. */
  readonly valueName: string;
  readonly description: string;
}

/** An argument of a command. */
export interface CompletedArgument {
  readonly name: string;
  readonly value: Value;
}

/** A command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly positionals: readonly CompletedArgument[];
  readonly takesCommand: boolean;
}

/** The names of values that are files. */
const FILES = new Set(["FILE", "OUT"]);

/** All that is completed. */
export function completionTable(
  commands: readonly Command[],
): CompletedCommand[] {
  const names = commands.map(({ name }) => name);
  return [...commands.map(completed), {
    name: "help",
    summary: "Say what a command takes",
    options: [],
    positionals: [{ name: "COMMAND", value: names }],
    takesCommand: false,
  }];
}

/** The options of several commands, each once. */
export function optionsOf(
  commands: readonly CompletedCommand[],
): CompletedOption[] {
  const options = commands.flatMap(({ options }) => options);
  return [...new Map(options.map((each) => [each.name, each])).values()];
}

function completed(command: Command): CompletedCommand {
  const { name, summary, positionals, takesCommand = false } = command;
  const page = commandHelp(command);
  const specs: Readonly<Record<string, OptionSpec>> = {
    ...command.options,
    ...COMMON_OPTIONS,
  };
  return {
    name,
    summary,
    options: Object.entries(specs).map(([name, spec]) =>
      completedOption(name, spec, page)
    ),
    positionals: positionals.map((each) => {
      const name = each.replace(/^\[|\]$/g, "");
      return { name, value: command.words?.[name] ?? valueOf(name) };
    }),
    takesCommand,
  };
}

function completedOption(
  name: string,
  { type, short, multiple = false, values }: OptionSpec,
  page: string,
): CompletedOption {
  const { valueName, description } = readHelp(name, page);
  return {
    name,
    short,
    isMultiple: multiple,
    value: type === "boolean" ? undefined : values ?? valueOf(valueName),
    valueName,
    description,
  };
}

function valueOf(name: string): Value {
  return FILES.has(name) ? "file" : "unknown";
}

/** The first clause of what a page says of an option. */
function readHelp(
  option: string,
  page: string,
): { valueName: string; description: string } {
  const found = new RegExp(
    `^  --${option}(?: '?([A-Z=]+)'?)? +(.*(?:\n {20,}.*)*)`,
    "m",
  ).exec(page);
  const [, valueName = "", text = ""] = found ?? [];
  const [description = ""] = text.replace(/\s+/g, " ").split(
    /[;:.,](?: |$)| \(/,
  );
  return { valueName, description };
}
