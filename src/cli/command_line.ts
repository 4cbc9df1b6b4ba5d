/**
 * Runs one command: finds it, reads its arguments, and turns how it ended into
 * an exit code.
 *
 * @module
 */
import { delay } from "../internal/timer.ts";
import type { Arguments } from "./args/arguments.ts";
import type { Command, Context } from "./args/command.ts";
import { COMMANDS } from "./commands/commands.ts";
import { connectionOf } from "./args/connection.ts";
import { ExitCode } from "./exit_codes.ts";
import { faultOf } from "./faults.ts";
import { commandHelp, mainHelp } from "./args/help.ts";
import { Interruptions } from "./process/interruption.ts";
import { line, paint } from "./output/line.ts";
import { Output } from "./output/output.ts";
import { parseArguments } from "./args/parse.ts";
import { UsageError } from "./args/usage_error.ts";

/** Milliseconds that a reader who has stopped reading has, once interrupted. */
const LAST_WORDS = 1_000;

/**
 * Runs what the words say, on the process's own standard streams.
 *
 * @param words The process's arguments.
 * @returns What to exit with.
 */
export async function runCommandLine(
  words: readonly string[],
): Promise<ExitCode> {
  using interruptions = new Interruptions();
  const [name, ...rest] = words;
  const command = COMMANDS.find((each) => each.name === name);
  const output = new Output(
    // Where a command of the user's runs, standard output is that command's.
    command?.takesCommand && !isHelp(rest) ? Deno.stderr : Deno.stdout,
    Deno.stderr,
    { json: isJson(rest), colours: !Deno.noColor },
  );
  const code = await attempt(command, words, output, interruptions.signal);
  output.status(undefined);
  await flush(output, interruptions.signal);
  return code;
}

async function attempt(
  command: Command | undefined,
  words: readonly string[],
  output: Output,
  interrupted: AbortSignal,
): Promise<ExitCode> {
  const [name, ...rest] = words;
  try {
    if (command === undefined) return await runMain(name, output);
    const args = parseArguments(command, rest);
    if (args === "help") {
      await output.text(commandHelp(command));
      return ExitCode.Success;
    }
    return await command.run(contextOf(args, output, interrupted));
  } catch (error) {
    output.status(undefined);
    return report(error, command, output);
  }
}

async function runMain(
  name: string | undefined,
  output: Output,
): Promise<ExitCode> {
  if (name === "--help" || name === "-h" || name === "help") {
    await output.text(mainHelp(COMMANDS));
    return ExitCode.Success;
  }
  throw new UsageError(
    name === undefined
      ? "A command is missing"
      : `There is no command ${JSON.stringify(name)}`,
  );
}

function contextOf(
  args: Arguments,
  output: Output,
  interrupted: AbortSignal,
): Context {
  return {
    args,
    output,
    interrupted,
    connection: () => connectionOf(args, output, interrupted),
  };
}

function report(
  error: unknown,
  command: Command | undefined,
  output: Output,
): ExitCode {
  const { code, message } = faultOf(error);
  // Who interrupts knows that.
  if (code === ExitCode.Interrupted) return code;
  const whole = command === undefined
    ? "state-signals"
    : `state-signals ${command.name}`;
  output.note(line`${paint("red", `${whole}:`)} ${message}`);
  if (code === ExitCode.Usage) output.note(line`Try: ${whole} --help`);
  return code;
}

function isJson(words: readonly string[]): boolean {
  return beforeDashes(words).includes("--json");
}

function isHelp(words: readonly string[]): boolean {
  return beforeDashes(words).some((word) => word === "--help" || word === "-h");
}

function beforeDashes(words: readonly string[]): readonly string[] {
  const dashes = words.indexOf("--");
  return dashes === -1 ? words : words.slice(0, dashes);
}

async function flush(output: Output, interrupted: AbortSignal): Promise<void> {
  if (!interrupted.aborted) return await output.flush();
  const written = new AbortController();
  const late = delay(LAST_WORDS, written.signal).catch(() => {});
  await Promise.race([output.flush(), late]);
  written.abort();
}
