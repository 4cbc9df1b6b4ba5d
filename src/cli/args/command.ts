/**
 * The shape of a sub-command.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import type { Arguments } from "./arguments.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { OptionSpecs } from "./options.ts";
import type { Output } from "../output/output.ts";

/** A sub-command: its name, its help, its options and arguments, and what it does. */
export interface Command {
  /** The word that calls the command. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The page of `--help`; the options that commands share are added below it. */
  readonly help: string;
  /** The options, in the terms of `parseArgs`. */
  readonly options: OptionSpecs;
  /** The arguments in their order, such as `["PROCESS", "EVENT"]`; brackets mark an optional one, as in `"[FILE]"`. */
  readonly positionals: readonly string[];
  /** The words that an argument may be, by its name, for completions. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** Whether a command of the user follows after `--`. @default {false} */
  readonly takesCommand?: boolean;
  /**
   * Whether a signal such as SIGINT may end the command at any point, because it
   * has no connection to close in order.
   *
   * @default {false}
   */
  readonly endsAtOnce?: boolean;
  /**
   * Names what the command reads from standard input; `undefined`: nothing.
   *
   * @default {nothing}
   */
  input?(args: Arguments): string | undefined;
  /**
   * Runs the command.
   *
   * @param context The arguments, the output, and the signals that end the command.
   * @returns The exit code. {@linkcode ExitCode.Interrupted} becomes 128 and the
   * signal's number.
   * @throws Any error; `faults.ts` turns it into a message and an exit code.
   */
  run(context: Context): Promise<ExitCode>;
}

/** What a sub-command runs with. */
export interface Context {
  /** The options and arguments. */
  readonly args: Arguments;
  /** Takes output: NDJSON or lines, without control characters of peers. */
  readonly output: Output;
  /**
   * Aborts on SIGINT, SIGTERM, SIGHUP and SIGQUIT; its reason is an
   * `Interruption`. Less than a second later the process exits.
   */
  readonly interrupted: AbortSignal;
  /** Aborts on the second of these signals. Less than a second later the process exits. */
  readonly hurry: AbortSignal;
  /**
   * Lets the process go on after the first of these signals, until the result is
   * disposed of: for work that has a time limit of its own.
   */
  hold(): Disposable;
  /**
   * The options of `SignalExporter.connect`, `SignalResponder.connect` and
   * `openTransport`: URL, credentials, namespace, time to connect, logger. An
   * interruption ends the attempt to connect, but not a link that is up, because
   * the command needs it to end in order.
   *
   * @throws {UsageError} If one of the options can't be used.
   */
  connection(): ConnectOptions;
}
