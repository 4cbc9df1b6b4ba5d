/**
 * The commands that a client has sent since MULTI.
 *
 * @module
 */
import type { Work } from "./pace.ts";

/** A command that waits for EXEC. */
export interface QueuedCommand {
  readonly name: string;
  /** Runs it; answers what is left of it, to be gone through in slices. */
  run(): Work | void;
}

/** Keeps commands until EXEC or DISCARD. */
export class Transaction {
  readonly commands: QueuedCommand[] = [];
  /** Whether a command was refused, so that EXEC is to be. */
  aborted = false;
  /** What the words of all commands take, for the account of memory. */
  bytes = 0;
  words = 0;

  /** Adds a command of these words. */
  add(command: QueuedCommand, words: readonly Uint8Array[]): void {
    this.commands.push(command);
    this.words += words.length + 2; // the command itself takes as much as two
    for (const word of words) this.bytes += word.length;
  }
}
