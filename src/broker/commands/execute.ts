/**
 * All commands of the broker, and the checks before one of them runs.
 *
 * @module
 */
import { simple } from "../../resp/encode.ts";
import { toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";
import { clientCommands } from "./client_commands.ts";
import { connectionCommands } from "./connection_commands.ts";
import { pubSubCommands } from "./pubsub_commands.ts";
import { run } from "./run.ts";
import { serverCommands } from "./server_commands.ts";
import { execCommand, transactionCommands } from "./transaction_commands.ts";

const QUEUED = simple("QUEUED");
/** Most words of a command that does not go through them in slices. */
const MAX_ARGS = 1024;
/** Most bytes of a word that is not a message: it bounds the time of one step. */
const MAX_WORD = 64 * 1024;
/** Most bytes of a client's words that an error repeats. */
const MAX_SHOWN = 128;

const table: CommandTable = new CommandTable([
  ...pubSubCommands,
  ...connectionCommands,
  ...clientCommands,
  ...transactionCommands,
  ...serverCommands(() => table.size),
]);

/**
 * Runs one command, or replies why it is not run. The order of the checks and
 * the texts are Redis's.
 *
 * @param client The sender.
 * @param args The command's words; at least one.
 * @param server What all clients share.
 * @returns The rest of the work, if it takes several slices.
 */
export function execute(
  client: Client,
  args: Args,
  server: Server,
): Work | void {
  const container = table.find(args[0]!);
  if (container === undefined) return refuse(client, unknownCommand(args));
  let command: BrokerCommand = container;
  if (container.subcommands !== undefined && args.length > 1) {
    const subcommand = container.subcommands.find(args[1]!);
    if (subcommand === undefined) {
      return refuse(client, unknownSubcommand(container, args[1]!));
    }
    command = subcommand;
  }
  client.command = command.name;
  const refusal = refusalOf(command, client, args);
  if (refusal !== undefined) return refuse(client, refusal, command);
  if (client.transaction !== undefined && !command.withinMulti) {
    const { name } = command;
    client.transaction.add(
      { name, run: () => run(command, client, args, server) },
      args,
    );
    return client.reply(QUEUED);
  }
  return run(command, client, args, server);
}

function refusalOf(
  command: BrokerCommand,
  client: Client,
  args: Args,
): string | undefined {
  const { arity } = command;
  if (arity >= 0 ? args.length !== arity : args.length < -arity) {
    return `ERR wrong number of arguments for '${command.name}' command`;
  }
  if (!client.authenticated && !command.beforeAuth) {
    return "NOAUTH Authentication required.";
  }
  if (client.resp === 2 && client.subscribed > 0 && !command.whileSubscribed) {
    return `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
  }
  if (args.length > MAX_ARGS && !command.manyWords) {
    return `ERR too many arguments: '${command.name}' takes ${MAX_ARGS} at most`;
  }
  if (!command.longWords && args.some(isLong)) {
    return `ERR an argument is too long: '${command.name}' takes ${MAX_WORD} bytes at most`;
  }
  return undefined;
}

/** Replies why a command is not run. A refused EXEC ends the transaction. */
function refuse(
  client: Client,
  message: string,
  command?: BrokerCommand,
): void {
  if (command === execCommand) {
    client.transaction = undefined;
    const reason = message.replace(/^[A-Z]+ /, "");
    return client.fail(`EXECABORT Transaction discarded because of: ${reason}`);
  }
  client.reject(message);
}

function isLong(word: Uint8Array): boolean {
  return word.length > MAX_WORD;
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
