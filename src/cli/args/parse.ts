/**
 * Turns the words of a call into a command and its arguments.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Arguments, type OptionValues } from "./arguments.ts";
import type { Command } from "./command.ts";
import { didYouMean, nearest } from "../../internal/nearest.ts";
import { COMMON_OPTIONS, type OptionSpecs } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/** What a call asks for. */
export type Demand =
  | { readonly type: "help" | "version" }
  | { readonly type: "run"; readonly args: Arguments }
  /** The call is wrong. */
  | { readonly type: "wrong"; readonly error: UsageError };

/** A call of the command line. */
export interface Call {
  /** The command that is called, or whose help is asked for. */
  readonly command: Command | undefined;
  readonly demand: Demand;
}

/** The word that asks for help, in the place of a command. */
const HELP = "help";

/**
 * Reads a call. Options may stand before the command or behind it.
 *
 * @param words The words of the call.
 * @param commands All commands.
 */
export function readCall(
  words: readonly string[],
  commands: readonly Command[],
): Call {
  let command: Command | undefined;
  try {
    const { name, rest } = splitName(words, commands);
    if (name === undefined) {
      return { command, demand: demandWithout(rest, commands) };
    }
    if (name === HELP) {
      const topic = splitName(rest, commands).name;
      if (topic !== undefined) command = commandOf(topic, commands);
      return { command, demand: { type: "help" } };
    }
    command = commandOf(name, commands);
    return { command, demand: parseArguments(command, rest) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { command, demand: { type: "wrong", error } };
  }
}

/**
 * Reads the options and arguments of a command.
 *
 * @param command The command.
 * @param words The words of the call without the command's name.
 * @throws {UsageError} If the command does not take these words.
 */
export function parseArguments(
  command: Command,
  words: readonly string[],
): Demand {
  const dashes = command.takesCommand ? words.indexOf("--") : -1;
  const own = dashes === -1 ? words : words.slice(0, dashes);
  const users = dashes === -1 ? [] : words.slice(dashes + 1);
  const { values, positionals } = read(own, {
    ...COMMON_OPTIONS,
    ...command.options,
  });
  if (values.help === true) return { type: "help" };
  if (values.version === true) return { type: "version" };
  const required = command.positionals.filter((name) => !name.startsWith("["));
  const missing = required[positionals.length];
  if (missing !== undefined) {
    const given = positionals.map((word, n) =>
      ` ${required[n]} is ${JSON.stringify(word)}`
    );
    throw new UsageError(
      `${missing} is missing${given.length === 0 ? "" : `:${given}`}`,
    );
  }
  const extra = positionals[command.positionals.length];
  if (extra !== undefined) {
    throw new UsageError(
      `There is an argument too many: ${JSON.stringify(extra)}`,
    );
  }
  if (command.takesCommand && users.length === 0) {
    throw new UsageError("The command is missing: it follows after --");
  }
  return { type: "run", args: new Arguments(values, positionals, users) };
}

/** The word that names the command, and the other words. */
function splitName(
  words: readonly string[],
  commands: readonly Command[],
): { name: string | undefined; rest: string[] } {
  const dashes = words.indexOf("--");
  const before = dashes === -1 ? words : words.slice(0, dashes);
  const { tokens } = tokensOf(before, allOptions(commands));
  const index = tokens.find(({ kind }) => kind === "positional")?.index;
  return index === undefined
    ? { name: undefined, rest: [...words] }
    : { name: words[index], rest: words.toSpliced(index, 1) };
}

function demandWithout(
  words: readonly string[],
  commands: readonly Command[],
): Demand {
  const { values } = read(words, allOptions(commands));
  if (values.help === true) return { type: "help" };
  if (values.version === true) return { type: "version" };
  throw new UsageError("A command is missing");
}

function commandOf(name: string, commands: readonly Command[]): Command {
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  const names = commands.map((each) => each.name);
  throw new UsageError(
    `There is no command ${JSON.stringify(name)}${
      didYouMean(nearest(name, [...names, HELP]))
    }`,
  );
}

/** The options of all commands together: an option with a value in one command must have one in all commands. */
function allOptions(commands: readonly Command[]): OptionSpecs {
  return Object.assign(
    { ...COMMON_OPTIONS },
    ...commands.map(({ options }) => options),
  );
}

/** Parses without checks, because the errors of {@linkcode read} say more than those of `parseArgs`. */
function tokensOf(words: readonly string[], options: OptionSpecs) {
  return parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
}

function read(
  words: readonly string[],
  options: OptionSpecs,
): { values: OptionValues; positionals: string[] } {
  const { tokens, values, positionals } = tokensOf(words, options);
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    if (spec === undefined) {
      const names = Object.keys(options).map((each) => `--${each}`);
      throw new UsageError(
        `Unknown option '${rawName}'${didYouMean(nearest(rawName, names))}`,
      );
    }
    if (spec.type === "boolean") {
      if (value === undefined) continue;
      throw new UsageError(`Option '${rawName}' takes no value`);
    }
    if (value === undefined) {
      throw new UsageError(`Option '${rawName}' needs a value`);
    }
    // A word with a dash is more likely to be the next option, unless it is a negative number.
    if (!inlineValue && /^-[^\d]/.test(value)) {
      throw new UsageError(
        `Option '${rawName}' needs a value: one that begins with a dash is given as ${rawName}=${value}`,
      );
    }
  }
  return { values, positionals };
}
