/**
 * Commands by their names. A name is looked up as the bytes that came, in any
 * case, without making a string of it.
 *
 * @module
 */
import type { Client } from "../client.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";

/** The words of a command as they came; the first is its name. */
export type Args = readonly Uint8Array[];

/** What a command is and does. */
export interface BrokerCommand {
  /** Its name in lower case; a subcommand's follows its command's: `client|id`. */
  readonly name: string;
  /** How many words it takes, the name among them; negative: at least so many. */
  readonly arity: number;
  /**
   * Replies to the client, at once or in slices; there is none where a
   * subcommand is a must.
   */
  run?(client: Client, args: Args, server: Server): Work | void;
  /** Its second word is looked up here. */
  readonly subcommands?: CommandTable;
  /** Allowed before the client is authenticated. */
  readonly beforeAuth?: boolean;
  /** Allowed while a RESP2 client is subscribed. */
  readonly whileSubscribed?: boolean;
  /** Runs at once after MULTI, too, where the others are kept until EXEC. */
  readonly withinMulti?: boolean;
  /** Waits while another client holds the lane. */
  readonly inOrder?: boolean;
  /** It goes through its words in slices, so there may be any number. */
  readonly manyWords?: boolean;
  /** Its words may be as long as a message. */
  readonly longWords?: boolean;
}

interface TableEntry {
  readonly key: Uint8Array;
  readonly command: BrokerCommand;
}

const encoder = new TextEncoder();

/** Finds commands. */
export class CommandTable {
  /** How many commands there are. */
  readonly size: number;
  /** By the length of the name, which leaves few to compare with. */
  readonly #byLength: TableEntry[][] = [];

  constructor(commands: readonly BrokerCommand[]) {
    this.size = commands.length;
    for (const command of commands) {
      const key = encoder.encode(command.name.split("|").at(-1)!);
      (this.#byLength[key.length] ??= []).push({ key, command });
    }
  }

  /** The command of a name in any case. */
  find(name: Uint8Array): BrokerCommand | undefined {
    const entries = this.#byLength[name.length];
    if (entries === undefined) return undefined;
    for (const { key, command } of entries) {
      if (equalsInLowerCase(name, key)) return command;
    }
    return undefined;
  }
}

/** Whether `word` is `lower` in any case. */
function equalsInLowerCase(word: Uint8Array, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) {
    const byte = word[i]!;
    const folded = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (folded !== lower[i]) return false;
  }
  return true;
}
