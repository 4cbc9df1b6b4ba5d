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
  /** Whether a command of the user's follows after `--`. @default {false} */
  readonly takesCommand?: boolean;
  /**
   * Does it.
   *
   * @param context Arguments, output, and what ends it.
   * @returns What the process exits with. What it throws becomes a message and
   * a code: usage 64, server 69, permission 77, interrupted 130.
   */
  run(context: Context): Promise<ExitCode>;
}

/** What a sub-command works with. */
export interface Context {
  /** What it was called with, checked on the way out. */
  readonly args: Arguments;
  /** Where it writes: NDJSON or lines, never control characters of others. */
  readonly output: Output;
  /** Aborts on SIGINT and SIGTERM; its reason is an `Interruption`. */
  readonly interrupted: AbortSignal;
  /**
   * For `SignalExporter.connect`, `SignalResponder.connect` and
   * `openTransport`: URL, namespace, time to connect, logger. Interruption ends
   * the attempt to connect; a link that is up outlives it, to say goodbye.
   *
   * @throws {UsageError} If one of them can't be used.
   */
  connection(): ConnectOptions;
}
