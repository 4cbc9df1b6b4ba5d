/**
 * The exit codes of every command, in one table.
 *
 * @module
 */

/** The exit codes for scripts; the codes from 64 to 77 are those of `sysexits.h`. */
export const ExitCode = {
  /** The command succeeded. */
  Success: 0,
  /** A peer answered that it failed. */
  Failed: 1,
  /** A peer did not answer, or did not come. */
  Missing: 2,
  /** There were too few subscribers, or signals, in time. */
  Timeout: 3,
  /** The command was called wrongly. */
  Usage: 64,
  /** The server can't be reached, or the link to it was lost. */
  Unavailable: 69,
  /** The command itself has a fault, or could not write its output. */
  Internal: 70,
  /** A permission of Deno is missing, or the server refuses the command. */
  Permission: 77,
  /** The process got SIGINT. For any signal, the process exits with 128 and the signal's number. */
  Interrupted: 130,
} as const;

/** One of {@linkcode ExitCode}, or the exit code of a command of `run`. */
export type ExitCode = number;
