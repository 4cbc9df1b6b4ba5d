/**
 * The commands by which a client says who it is and how it wants to talk.
 *
 * @module
 */
import { aggregate, integer, simple } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import {
  type Args,
  type BrokerCommand,
  CommandTable,
} from "./command_table.ts";
import { mapHead, nil } from "./replies.ts";
import type { Server } from "../server.ts";
import { REDIS_VERSION } from "./server_commands.ts";

const OK = simple("OK");
const WRONGPASS =
  "WRONGPASS invalid username-password pair or user is disabled.";
/** Longer names serve nobody, and a client's name is kept as long as the client. */
const MAX_CLIENT_NAME = 1024;
const NOT_VISIBLE_ASCII = /[^!-~]/;

/** Greeting, authentication, and the settings of one connection. */
export const connectionCommands: readonly BrokerCommand[] = [
  { name: "ping", arity: -1, whileSubscribed: true, run: ping },
  { name: "hello", arity: -1, beforeAuth: true, run: hello },
  { name: "auth", arity: -2, beforeAuth: true, run: auth },
  { name: "select", arity: 2, run: select },
  {
    name: "echo",
    arity: 2,
    run: (client, args) => client.reply(binaryBulk(toBinaryString(args[1]!))),
  },
  {
    name: "quit",
    arity: -1,
    beforeAuth: true,
    whileSubscribed: true,
    run(client) {
      client.reply(OK);
      client.ending = true;
    },
  },
  {
    name: "reset",
    arity: 1,
    beforeAuth: true,
    whileSubscribed: true,
    run(client, _args, server) {
      client.unsubscribeAll();
      client.name = "";
      client.resp = 2;
      client.authenticated = server.password === undefined;
      client.reply(simple("RESET"));
    },
  },
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
      { name: "client|setname", arity: 3, run: setName },
      { name: "client|setinfo", arity: 4, run: setInfo },
      { name: "client|no-evict", arity: 3, run: onOrOff },
      { name: "client|no-touch", arity: 3, run: onOrOff },
    ]),
  },
];

function ping(client: Client, args: Args): void {
  if (args.length > 2) {
    return client.fail("ERR wrong number of arguments for 'ping' command");
  }
  const text = args[1] && toBinaryString(args[1]);
  if (client.resp === 2 && client.subscribed > 0) {
    client.reply(
      aggregate("*", 2) + binaryBulk("pong") + binaryBulk(text ?? ""),
    );
  } else {
    client.reply(text === undefined ? simple("PONG") : binaryBulk(text));
  }
}

function hello(client: Client, args: Args, server: Server): void {
  const version = args[1] && toBinaryString(args[1]);
  if (version !== undefined && version !== "2" && version !== "3") {
    return client.fail(
      isInteger(version)
        ? "NOPROTO unsupported protocol version"
        : "ERR Protocol version is not an integer or out of range",
    );
  }
  let name: string | undefined;
  let credentials: [user: Uint8Array, password: Uint8Array] | undefined;
  for (let i = 2; i < args.length; i++) {
    const option = toBinaryString(args[i]!);
    const more = args.length - 1 - i;
    if (/^auth$/i.test(option) && more >= 2) {
      credentials = [args[i + 1]!, args[i + 2]!];
      i += 2;
    } else if (/^setname$/i.test(option) && more >= 1) {
      name = toBinaryString(args[++i]!);
      if (refusesClientName(client, name)) return;
    } else {
      return client.fail(`ERR Syntax error in HELLO option '${option}'`);
    }
  }
  if (credentials !== undefined) {
    if (!isValid(...credentials, server)) return client.fail(WRONGPASS);
    client.authenticated = true;
  }
  if (!client.authenticated) {
    return client.fail(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  }
  if (name !== undefined) client.name = name;
  if (version !== undefined) client.resp = version === "2" ? 2 : 3;
  client.reply(
    mapHead(client.resp, 7) +
      binaryBulk("server") + binaryBulk("redis") +
      binaryBulk("version") + binaryBulk(REDIS_VERSION) +
      binaryBulk("proto") + integer(client.resp) +
      binaryBulk("id") + integer(client.id) +
      binaryBulk("mode") + binaryBulk("standalone") +
      binaryBulk("role") + binaryBulk("master") +
      binaryBulk("modules") + aggregate("*", 0),
  );
}

function auth(client: Client, args: Args, server: Server): void {
  if (args.length > 3) return client.fail("ERR syntax error");
  if (args.length === 2 && server.password === undefined) {
    return client.fail(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  const user = args.length === 3 ? args[1] : undefined;
  if (!isValid(user, args.at(-1)!, server)) return client.fail(WRONGPASS);
  client.authenticated = true;
  client.reply(OK);
}

function isValid(
  user: Uint8Array | undefined,
  password: Uint8Array,
  server: Server,
): boolean {
  // Compared whoever the user is, so that the time does not tell who exists.
  const matches = server.password?.equals(password) ?? true;
  return (user === undefined || toBinaryString(user) === "default") && matches;
}

function select(client: Client, args: Args): void {
  const index = toBinaryString(args[1]!);
  if (!isInteger(index)) {
    return client.fail("ERR value is not an integer or out of range");
  }
  if (index !== "0") return client.fail("ERR DB index is out of range");
  client.reply(OK);
}

function setName(client: Client, args: Args): void {
  const name = toBinaryString(args[2]!);
  if (refusesClientName(client, name)) return;
  client.name = name;
  client.reply(OK);
}

/** Whether a client can't be named so; replies so. */
function refusesClientName(client: Client, name: string): boolean {
  if (NOT_VISIBLE_ASCII.test(name)) {
    client.fail(
      "ERR Client names cannot contain spaces, newlines or special characters.",
    );
    return true;
  }
  if (name.length > MAX_CLIENT_NAME) {
    client.fail(`ERR a client name can have ${MAX_CLIENT_NAME} bytes at most`);
    return true;
  }
  return false;
}

/** What library a client is made with is of no use here, but clients tell it unasked. */
function setInfo(client: Client, args: Args): void {
  const option = toBinaryString(args[2]!);
  if (!/^lib-(name|ver)$/i.test(option)) {
    return client.fail(`ERR Unrecognized option '${option}'`);
  }
  if (NOT_VISIBLE_ASCII.test(toBinaryString(args[3]!))) {
    return client.fail(
      `ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`,
    );
  }
  client.reply(OK);
}

function onOrOff(client: Client, args: Args): void {
  if (/^(on|off)$/i.test(toBinaryString(args[2]!))) client.reply(OK);
  else client.fail("ERR syntax error");
}

function isInteger(text: string): boolean {
  return /^(0|-?[1-9]\d{0,17})$/.test(text);
}
