/**
 * The commands for one connection: greeting, authentication and settings.
 *
 * @module
 */
import { aggregate, integer, simple } from "../../resp/encode.ts";
import { binaryBulk, toBinaryString } from "../binary_string.ts";
import type { Client } from "../client.ts";
import { SharedBytes } from "../hub/message.ts";
import type { Work } from "../pace.ts";
import type { Server } from "../server.ts";
import type { Args, BrokerCommand } from "./command_table.ts";
import { mapHead } from "./replies.ts";
import { inLane } from "./run.ts";
import { REDIS_VERSION } from "./server_commands.ts";

const OK = simple("OK");
const PONG = simple("PONG");
const NOTHING = new Uint8Array();
/** Bytes from which a repeated word is not converted to text. */
const LONG = 1024;
const WRONGPASS =
  "WRONGPASS invalid username-password pair or user is disabled.";
/** Most bytes of a client's name, which is kept as long as the client is connected. */
const MAX_CLIENT_NAME = 1024;
const NOT_VISIBLE_ASCII = /[^!-~]/;

/** PING, HELLO, AUTH, SELECT, ECHO, QUIT and RESET. */
export const connectionCommands: readonly BrokerCommand[] = [
  {
    name: "ping",
    arity: -1,
    whileSubscribed: true,
    longWords: true,
    run: ping,
  },
  { name: "hello", arity: -1, beforeAuth: true, run: hello },
  { name: "auth", arity: -2, beforeAuth: true, run: auth },
  { name: "select", arity: 2, run: select },
  {
    name: "echo",
    arity: 2,
    longWords: true,
    run: (client, args) => replyWord(client, args[1]!),
  },
  {
    name: "quit",
    arity: -1,
    beforeAuth: true,
    whileSubscribed: true,
    withinMulti: true,
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
    withinMulti: true,
    inOrder: true,
    run: reset,
  },
];

function ping(client: Client, args: Args): void {
  if (args.length > 2) {
    return client.fail("ERR wrong number of arguments for 'ping' command");
  }
  const word = args[1];
  if (client.resp === 2 && client.subscribed > 0) {
    client.reply(aggregate("*", 2) + binaryBulk("pong"));
    replyWord(client, word ?? NOTHING);
  } else if (word === undefined) {
    client.reply(PONG);
  } else {
    replyWord(client, word);
  }
}

/** Replies with a bulk string, which may be as long as a message. */
function replyWord(client: Client, word: Uint8Array): void {
  if (word.length < LONG) return client.reply(binaryBulk(toBinaryString(word)));
  client.reply(`$${word.length}\r\n`);
  client.replyBytes(new SharedBytes(word));
  client.reply("\r\n");
}

function* reset(client: Client, _args: Args, server: Server): Work {
  client.transaction = undefined;
  yield* inLane(client, server, () => client.unsubscribeAll());
  client.name = "";
  client.resp = 2;
  client.database = 0;
  client.authenticated = server.password === undefined;
  client.reply(simple("RESET"));
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
  // Compared for any user name, so that the time does not tell which users exist.
  const matches = server.password?.equals(password) ?? true;
  return (user === undefined || toBinaryString(user) === "default") && matches;
}

/** Accepts any database, because databases have no keys and share the channels. */
function select(client: Client, args: Args): void {
  const text = toBinaryString(args[1]!);
  const index = isInteger(text) ? BigInt(text) : undefined;
  if (index === undefined || BigInt.asIntN(64, index) !== index) {
    return client.fail("ERR value is not an integer or out of range");
  }
  if (BigInt.asIntN(32, index) !== index) {
    return client.fail(
      "ERR value is out of range, value must between -2147483648 and 2147483647",
    );
  }
  if (index < 0n) return client.fail("ERR DB index is out of range");
  client.database = Number(index);
  client.reply(OK);
}

/** Whether a name is refused; then replies with an error. */
export function refusesClientName(client: Client, name: string): boolean {
  if (!isVisible(name)) {
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

/** Whether all characters of a text are visible ASCII. */
export function isVisible(text: string): boolean {
  return !NOT_VISIBLE_ASCII.test(text);
}

/** Whether a text is an integer as Redis writes it. */
export function isInteger(text: string): boolean {
  return /^(0|-?[1-9]\d{0,18})$/.test(text);
}
