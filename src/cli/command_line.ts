/**
 * Runs one command: finds it, reads its arguments, and turns its end into an exit
 * code.
 *
 * @module
 */
import { abortable } from "../internal/abortable.ts";
import { delay } from "../internal/timer.ts";
import type { Arguments } from "./args/arguments.ts";
import type { Command, Context } from "./args/command.ts";
import { connectionOf } from "./args/connection.ts";
import { readCredentials } from "./args/credentials.ts";
import { commandHelp, mainHelp } from "./args/help.ts";
import { type Call, readCall } from "./args/parse.ts";
import { COMMANDS } from "./commands/commands.ts";
import { ExitCode } from "./exit_codes.ts";
import { faultOf } from "./faults.ts";
import { line, paint } from "./output/line.ts";
import { Output } from "./output/output.ts";
import { Resizes, terminalColumns } from "./output/terminal.ts";
import { Interruption, Interruptions } from "./process/interruption.ts";
import { LastCall } from "./process/last_call.ts";
import { VERSION } from "./version.ts";

/** The parts of a command's context that do not depend on its arguments. */
type Stage = Omit<Context, "args" | "connection">;

/** The signals of a command that leaves SIGINT and the like to the system. */
const UNINTERRUPTED = {
  signal: new AbortController().signal,
  hurry: new AbortController().signal,
};

/** Milliseconds for unwritten output when the process must exit. */
const LAST_WORDS = 50;

/**
 * Runs a command on the process's own standard streams.
 *
 * @param words The process's arguments.
 * @returns The exit code.
 */
export async function runCommandLine(
  words: readonly string[],
): Promise<ExitCode> {
  const call = readCall(words, COMMANDS);
  const output = outputOf(call);
  using _ = new Resizes(output);
  using interruptions = call.command?.endsAtOnce
    ? undefined
    : new Interruptions();
  const { signal, hurry } = interruptions ?? UNINTERRUPTED;
  using lastCall = new LastCall(
    { signal, hurry },
    () => void leave(signal, output),
  );
  const code = await attempt(call, {
    output,
    interrupted: signal,
    hurry,
    hold: () => lastCall.hold(),
  });
  output.status(undefined);
  // If the output is not read, an interruption ends this wait, too.
  await output.flush();
  return code;
}

function outputOf({ command, demand }: Call): Output {
  const args = demand.type === "run" ? demand.args : undefined;
  return new Output(
    // If a command of the user runs, standard output belongs to that command.
    args !== undefined && command?.takesCommand ? Deno.stderr : Deno.stdout,
    Deno.stderr,
    {
      json: args?.flag("json") ?? false,
      quiet: args?.flag("quiet") ?? false,
      colours: !Deno.noColor,
      columns: terminalColumns,
    },
  );
}

async function attempt(
  { command, demand }: Call,
  stage: Stage,
): Promise<ExitCode> {
  const { output } = stage;
  try {
    if (demand.type === "wrong") throw demand.error;
    if (demand.type === "run") return await run(command!, demand.args, stage);
    await output.text(textOf(demand.type, command));
    output.failed.throwIfAborted();
    return ExitCode.Success;
  } catch (error) {
    output.status(undefined);
    return report(error, command, output);
  }
}

function textOf(
  type: "help" | "version",
  command: Command | undefined,
): string {
  if (type === "version") return `state-signals ${VERSION}\n`;
  return command === undefined ? mainHelp(COMMANDS) : commandHelp(command);
}

async function run(
  command: Command,
  args: Arguments,
  stage: Stage,
): Promise<ExitCode> {
  const { output, interrupted: signal } = stage;
  const credentials = "redis" in command.options
    ? await abortable(readCredentials(args, command.input?.(args)), signal)
    : {};
  const code = await command.run({
    ...stage,
    args,
    connection: () => connectionOf({ args, credentials, output, signal }),
  });
  if (signal.aborted) {
    const { exitCode } = signal.reason as Interruption;
    return code === ExitCode.Interrupted ? exitCode : code;
  }
  await output.flush();
  // The failure of a user's command takes precedence over a failure to write about it.
  const usersFailed = command.takesCommand && code !== ExitCode.Success;
  if (!usersFailed) output.failed.throwIfAborted();
  return code;
}

/** Exits before the command has ended. */
async function leave(
  interrupted: AbortSignal,
  output: Output,
): Promise<never> {
  output.status(undefined);
  await Promise.race([output.flush(), delay(LAST_WORDS)]);
  Deno.exit((interrupted.reason as Interruption).exitCode);
}

function report(
  error: unknown,
  command: Command | undefined,
  output: Output,
): ExitCode {
  const { code, message } = faultOf(error);
  // The user has interrupted the command, so a message would say nothing new.
  if (error instanceof Interruption) return code;
  const whole = command === undefined
    ? "state-signals"
    : `state-signals ${command.name}`;
  output.error(line`${paint("red", `${whole}:`)} ${message}`);
  if (code === ExitCode.Usage) output.error(line`Try: ${whole} --help`);
  return code;
}
