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

/** A sub-command: what it is called, what it takes, and what it does. */
export interface Command {
  /** What it is called by. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The page of `--help`; the options that all share are added below it. */
  readonly help: string;
  /** What it takes, in the terms of `parseArgs`. */
  readonly options: OptionSpecs;
  /** Its arguments in their order, such as `["PROCESS", "EVENT"]`; `"[FILE]"` may be left out. */
  readonly positionals: readonly string[];
  /** The words that an argument may be, by its name, for completions. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** Whether a command of the user's follows after `--`. @default {false} */
  readonly takesCommand?: boolean;
  /**
   * Whether a signal may end it wherever it is, because it has no peer to say
   * goodbye to.
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
   * Does it.
   *
   * @param context Arguments, output, and what ends it.
   * @returns What the process exits with. What it throws becomes a message and
   * a code: usage 64, server 69, permission 77, interrupted 128 and the signal's
   * number. {@linkcode ExitCode.Interrupted} becomes the latter, too.
   */
  run(context: Context): Promise<ExitCode>;
}

/** What a sub-command works with. */
export interface Context {
  /** What it was called with, checked on the way out. */
  readonly args: Arguments;
  /** Where it writes: NDJSON or lines, never control characters of others. */
  readonly output: Output;
  /**
   * Aborts on SIGINT, SIGTERM, SIGHUP and SIGQUIT; its reason is an
   * `Interruption`. Less than a second later the process exits.
   */
  readonly interrupted: AbortSignal;
  /** Aborts on the second of them. Less than a second later the process exits. */
  readonly hurry: AbortSignal;
  /**
   * Lets the process go on after the first of them, until the result is disposed
   * of: for work that has a limit of its own.
   */
  hold(): Disposable;
  /**
   * For `SignalExporter.connect`, `SignalResponder.connect` and
   * `openTransport`: URL, namespace, time to connect, logger. Interruption ends
   * the attempt to connect; a link that is up outlives it, to say goodbye.
   * Credentials and certificates in files were read before.
   *
   * @throws {UsageError} If one of them can't be used.
   */
  connection(): ConnectOptions;
}
