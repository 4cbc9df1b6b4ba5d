/**
 * CLIENT and its subcommands: clients look at connections, and end them.
 *
 * @module
 */
import { integer, simple } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import { clientType, describe } from "../client_view.ts";
import type { Work } from "../pace.ts";
import type { Server, Tenant } from "../server.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import {
  isInteger,
  isVisible,
  refusesClientName,
} from "./connection_commands.ts";
import { nil, verbatim } from "./replies.ts";

const OK = simple("OK");
/** The types of clients in Redis; this broker has clients of the first two only. */
const TYPES = /^(normal|pubsub|master|replica|slave)$/i;

/** Selects clients. */
type TenantFilter = (client: Tenant) => boolean;

/** CLIENT. */
export const clientCommands: readonly BrokerCommand[] = [
  {
    name: "client",
    arity: -2,
    subcommands: new CommandTable([
      {
        name: "client|id",
        arity: 2,
        run: (client) => client.reply(integer(client.id)),
      },
      {
        name: "client|getname",
        arity: 2,
        run: (client) =>
          client.reply(
            client.name === "" ? nil(client.resp) : binaryBulk(client.name),
          ),
      },
      {
        name: "client|info",
        arity: 2,
        run: (client) => client.reply(verbatim(client.resp, describe(client))),
      },
      { name: "client|list", arity: -2, run: list },
      { name: "client|kill", arity: -3, run: kill },
      { name: "client|setname", arity: 3, run: setName },
      { name: "client|setinfo", arity: 4, run: setInfo },
      { name: "client|no-evict", arity: 3, run: onOrOff },
      { name: "client|no-touch", arity: 3, run: onOrOff },
      {
        name: "client|getredir",
        arity: 2,
        run: (client) => client.reply(integer(-1)),
      },
      { name: "client|tracking", arity: -3, run: tracking },
    ]),
  },
];

function setName(client: Client, args: Args): void {
  const name = toBinaryString(args[2]!);
  if (refusesClientName(client, name)) return;
  client.name = name;
  client.reply(OK);
}

/** Keeps the name of a client's library, which only CLIENT LIST shows. */
function setInfo(client: Client, args: Args): void {
  const option = toBinaryString(args[2]!);
  if (!/^lib-(name|ver)$/i.test(option)) {
    return client.fail(`ERR Unrecognized option '${option}'`);
  }
  const value = toBinaryString(args[3]!);
  if (!isVisible(value)) {
    return client.fail(
      `ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`,
    );
  }
  if (/name$/i.test(option)) client.library.name = value;
  else client.library.version = value;
  client.reply(OK);
}

function onOrOff(client: Client, args: Args): void {
  if (/^(on|off)$/i.test(toBinaryString(args[2]!))) client.reply(OK);
  else client.fail("ERR syntax error");
}

/** Replies as a server without this feature, because there are no keys to track; OFF succeeds. */
function tracking(client: Client, args: Args): void {
  const word = toBinaryString(args[2]!).toLowerCase();
  if (word === "off" && args.length === 3) return client.reply(OK);
  if (word !== "on") return client.fail("ERR syntax error");
  client.fail(
    `ERR unknown subcommand '${toBinaryString(args[1]!)}'. Try CLIENT HELP.`,
  );
}

function* list(client: Client, args: Args, server: Server): Work {
  const filter = args.length === 2 ? anyClient : listFilter(client, args);
  if (filter === undefined) return;
  const { clients, pace } = server;
  let text = "";
  for (const each of clients) {
    if (filter(each)) text += describe(each);
    pace.charge(10);
    if (pace.spent) yield;
  }
  client.reply(verbatim(client.resp, text));
}

function listFilter(client: Client, args: Args): TenantFilter | undefined {
  const [option = "", ...values] = args.slice(2).map(toBinaryString);
  if (/^type$/i.test(option) && values.length === 1) {
    return typeFilter(client, values[0]!);
  }
  if (/^id$/i.test(option) && values.length > 0) {
    if (!values.every(isInteger)) {
      return refuse(client, "ERR Invalid client ID");
    }
    const ids = new Set(values.map(Number));
    return ({ id }) => ids.has(id);
  }
  return refuse(client, "ERR syntax error");
}

function* kill(client: Client, args: Args, server: Server): Work {
  const words = args.slice(2).map(toBinaryString);
  const isOldForm = words.length === 1;
  const filter = isOldForm
    ? ({ address }: Tenant) => address === words[0]
    : killFilter(client, words);
  if (filter === undefined) return;
  let killed = 0;
  for (const each of server.clients) {
    if (!filter(each)) continue;
    killed++;
    if (each === client) client.ending = true; // after its reply
    else each.kill();
    server.pace.charge(20);
    if (server.pace.spent) yield;
  }
  if (!isOldForm) client.reply(integer(killed));
  else if (killed > 0) client.reply(OK);
  else client.fail("ERR No such client");
}

/** A client must meet all options. The asking client is left out, except after SKIPME NO. */
function killFilter(
  client: Client,
  words: readonly string[],
): TenantFilter | undefined {
  const filters: TenantFilter[] = [];
  let skipsSelf = true;
  for (let i = 0; i < words.length; i += 2) {
    const option = words[i]!.toLowerCase();
    const value = words[i + 1];
    if (value === undefined) return refuse(client, "ERR syntax error");
    if (option === "skipme" && /^(yes|no)$/i.test(value)) {
      skipsSelf = /^yes$/i.test(value);
      continue;
    }
    const filter = killOption(client, option, value);
    if (filter === undefined) return undefined;
    filters.push(filter);
  }
  return (each) =>
    !(skipsSelf && each === client) && filters.every((filter) => filter(each));
}

function killOption(
  client: Client,
  option: string,
  value: string,
): TenantFilter | undefined {
  switch (option) {
    case "id":
      if (isInteger(value) && Number(value) > 0) {
        return ({ id }) => id === Number(value);
      }
      return refuse(client, "ERR client-id should be greater than 0");
    case "addr":
      return ({ address }) => address === value;
    case "laddr":
      return ({ localAddress }) => localAddress === value;
    case "type":
      return typeFilter(client, value);
    case "user":
      if (value === "default") return anyClient;
      return refuse(client, `ERR No such user '${value}'`);
    default:
      return refuse(client, "ERR syntax error");
  }
}

function typeFilter(client: Client, type: string): TenantFilter | undefined {
  if (TYPES.test(type)) {
    return (each) => clientType(each) === type.toLowerCase();
  }
  return refuse(client, `ERR Unknown client type '${type}'`);
}

/** Replies with an error in place of a filter. */
function refuse(client: Client, message: string): undefined {
  client.fail(message);
}

function anyClient(): boolean {
  return true;
}
