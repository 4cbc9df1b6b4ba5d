/**
 * Runs one command: finds it, reads its arguments, and turns how it ended into
 * an exit code.
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

/** What a command has whatever it is called with. */
type Stage = Omit<Context, "args" | "connection">;

/** For a command that leaves signals to the system. */
const UNINTERRUPTED = {
  signal: new AbortController().signal,
  hurry: new AbortController().signal,
};

/** Milliseconds for what is still to be written when the process has to exit. */
const LAST_WORDS = 50;

/**
 * Runs what the words say, on the process's own standard streams.
 *
 * @param words The process's arguments.
 * @returns What to exit with.
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
  // Where it is not read, an interruption ends that, too.
  await output.flush();
  return code;
}

function outputOf({ command, demand }: Call): Output {
  const args = demand.type === "run" ? demand.args : undefined;
  return new Output(
    // Where a command of the user's runs, standard output is that command's.
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
  // That a command of the user's has failed is more than that this can't be told.
  const usersFailed = command.takesCommand && code !== ExitCode.Success;
  if (!usersFailed) output.failed.throwIfAborted();
  return code;
}

/** Exits although the command has not ended. */
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
  // A user who interrupts knows that.
  if (error instanceof Interruption) return code;
  const whole = command === undefined
    ? "state-signals"
    : `state-signals ${command.name}`;
  output.error(line`${paint("red", `${whole}:`)} ${message}`);
  if (code === ExitCode.Usage) output.error(line`Try: ${whole} --help`);
  return code;
}
