/**
 * The exit codes of every command, in one table.
 *
 * @module
 */

/** What a script can rely on; those from 64 on are those of `sysexits.h`. */
export const ExitCode = {
  /** All went well. */
  Success: 0,
  /** Someone answered that it failed. */
  Failed: 1,
  /** Someone did not answer, or did not come. */
  Missing: 2,
  /** There were not enough subscribers, or signals, in time. */
  Timeout: 3,
  /** The command was called wrongly. */
  Usage: 64,
  /** The server can't be reached, or is lost. */
  Unavailable: 69,
  /** A fault of the command itself, or something could not be written. */
  Internal: 70,
  /** A permission of Deno is missing, or the server refuses what was asked. */
  Permission: 77,
  /** A signal came: the process exits with 128 and its number, of which this is the one of SIGINT. */
  Interrupted: 130,
} as const;

/** One of {@linkcode ExitCode}, or what the command of `run` exited with. */
export type ExitCode = number;
