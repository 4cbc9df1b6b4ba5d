/**
 * The commands that a client has sent since MULTI.
 *
 * @module
 */
import type { Work } from "./pace.ts";

/** A command that waits for EXEC. */
export interface QueuedCommand {
  readonly name: string;
  /** Runs the command; returns the rest of its work if it takes several slices. */
  run(): Work | void;
}

/** Keeps commands until EXEC or DISCARD. */
export class Transaction {
  readonly commands: QueuedCommand[] = [];
  /** Whether a command was refused, so that EXEC must be refused too. */
  aborted = false;
  /** Bytes and number of the words of all commands: the memory that they take. */
  bytes = 0;
  words = 0;

  /** Adds a command with its words. */
  add(command: QueuedCommand, words: readonly Uint8Array[]): void {
    this.commands.push(command);
    this.words += words.length + 2; // the command itself takes as much as two words
    for (const word of words) this.bytes += word.length;
  }
}
