/**
 * The commands that a client has sent since MULTI.
 *
 * @module
 */
import type { Args, BrokerCommand } from "./commands/command_table.ts";

/** Keeps commands until EXEC or DISCARD. */
export class Transaction {
  readonly commands: {
    readonly command: BrokerCommand;
    readonly args: Args;
  }[] = [];
  /** Whether a command was refused, so that EXEC is to be. */
  aborted = false;
  /** What the words of all commands take, for the account of memory. */
  bytes = 0;
  words = 0;

  /** Adds a command. */
  add(command: BrokerCommand, args: Args): void {
    this.commands.push({ command, args });
    this.words += args.length + 2; // the command itself takes as much as two
    for (const word of args) this.bytes += word.length;
  }
}
