/**
 * The description of a command, and a table that finds commands by their names.
 *
 * To add a command, add a {@linkcode BrokerCommand} to the file of its kind
 * beside this one; `execute.ts` checks the arguments by its description.
 *
 * @module
 */
import type { Client } from "../client.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";

/** The words of a command as they arrived; the first is its name. */
export type Args = readonly Uint8Array[];

/** What a command is and does. */
export interface BrokerCommand {
  /** The name in lower case; a subcommand's name follows that of its command: `client|id`. */
  readonly name: string;
  /** The number of words, the name included; negative: the least number of words. */
  readonly arity: number;
  /**
   * Replies to the client, at once or in slices. A command without this one
   * needs a subcommand.
   *
   * @returns The rest of the work, if it takes several slices.
   */
  run?(client: Client, args: Args, server: Server): Work | void;
  /** Where the second word is looked up. */
  readonly subcommands?: CommandTable;
  /** The command is allowed before the client is authenticated. */
  readonly beforeAuth?: boolean;
  /** The command is allowed while a RESP2 client is subscribed. */
  readonly whileSubscribed?: boolean;
  /** The command runs at once after MULTI, too; other commands are kept until EXEC. */
  readonly withinMulti?: boolean;
  /** The command waits while another client holds the lane: it publishes or changes subscriptions. */
  readonly inOrder?: boolean;
  /** The number of words is not limited, because the command goes through them in slices. */
  readonly manyWords?: boolean;
  /** A word may be as long as a message. */
  readonly longWords?: boolean;
}

interface TableEntry {
  readonly key: Uint8Array;
  readonly command: BrokerCommand;
}

const encoder = new TextEncoder();

/**
 * Finds commands by name, in any case. The words of a command are bytes, and
 * most names are short: comparing bytes takes less time than making a string.
 */
export class CommandTable {
  /** The number of commands. */
  readonly size: number;
  /** Commands by the length of their names: few are left to compare. */
  readonly #byLength: TableEntry[][] = [];

  constructor(commands: readonly BrokerCommand[]) {
    this.size = commands.length;
    for (const command of commands) {
      const key = encoder.encode(command.name.split("|").at(-1)!);
      (this.#byLength[key.length] ??= []).push({ key, command });
    }
  }

  /** The command of a name; `undefined` if there is none. */
  find(name: Uint8Array): BrokerCommand | undefined {
    const entries = this.#byLength[name.length];
    if (entries === undefined) return undefined;
    for (const { key, command } of entries) {
      if (equalsInLowerCase(name, key)) return command;
    }
    return undefined;
  }
}

/** Whether `word`, of the same length, is `lower` in any case. */
function equalsInLowerCase(word: Uint8Array, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) {
    const byte = word[i]!;
    const folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (folded !== lower[i]) return false;
  }
  return true;
}
