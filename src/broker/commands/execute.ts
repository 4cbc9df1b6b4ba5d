/**
 * All commands of the broker, and what is checked before one of them runs.
 *
 * @module
 */
import { toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import { connectionCommands } from "./connection_commands.ts";
import { pubSubCommands } from "./pubsub_commands.ts";
import type { Server } from "../server.ts";
import { serverCommands } from "./server_commands.ts";

/** How much of a client's words an error repeats. */
const MAX_SHOWN = 128;

const table: CommandTable = new CommandTable([
  ...pubSubCommands,
  ...connectionCommands,
  ...serverCommands(() => table.size),
]);

/**
 * Runs one command, or replies why it is not run. The order of the checks and
 * the texts are Redis's.
 *
 * @param client Who sent it.
 * @param args Its words; at least one.
 * @param server What the clients share.
 */
export function execute(client: Client, args: Args, server: Server): void {
  const container = table.find(args[0]!);
  if (container === undefined) return client.fail(unknownCommand(args));
  let command: BrokerCommand = container;
  if (container.subcommands !== undefined && args.length > 1) {
    const subcommand = container.subcommands.find(args[1]!);
    if (subcommand === undefined) {
      return client.fail(unknownSubcommand(container, args[1]!));
    }
    command = subcommand;
  }
  const { arity } = command;
  if (arity >= 0 ? args.length !== arity : args.length < -arity) {
    return client.fail(
      `ERR wrong number of arguments for '${command.name}' command`,
    );
  }
  if (!client.authenticated && !command.beforeAuth) {
    return client.fail("NOAUTH Authentication required.");
  }
  if (client.resp === 2 && client.subscribed > 0 && !command.whileSubscribed) {
    return client.fail(
      `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  command.run?.(client, args, server);
}

function unknownCommand(args: Args): string {
  let shown = "";
  for (let i = 1; i < args.length && shown.length < MAX_SHOWN; i++) {
    shown += `'${start(args[i]!, MAX_SHOWN - shown.length)}' `;
  }
  return `ERR unknown command '${
    start(args[0]!, MAX_SHOWN)
  }', with args beginning with: ${shown}`;
}

function unknownSubcommand(container: BrokerCommand, word: Uint8Array): string {
  return `ERR unknown subcommand '${
    start(word, MAX_SHOWN)
  }'. Try ${container.name.toUpperCase()} HELP.`;
}

function start(word: Uint8Array, length: number): string {
  return toBinaryString(word.subarray(0, length));
}
