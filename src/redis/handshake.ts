/**
 * The first words on a connection: HELLO with credentials and a name, or their
 * older forms where the server knows no HELLO.
 *
 * @module
 */
import { after } from "../internal/timer.ts";
import { Connection, type Inbox } from "./connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisReplyError,
} from "./errors.ts";
import type { Settings } from "./options.ts";

/**
 * Opens a connection that is ready for commands.
 *
 * @throws {RedisAuthError} If the server does not take the credentials.
 * @throws {RedisConnectionError} If anything else fails, or takes too long.
 */
export async function openConnection(
  settings: Settings,
  signal: AbortSignal,
  inbox?: Inbox,
): Promise<Connection> {
  const { name, handshakeTimeout } = settings;
  const deadline = new AbortController();
  const timer = after(handshakeTimeout, () => {
    deadline.abort(
      new RedisConnectionError(
        `Cannot connect to ${name}: it did not greet within ${handshakeTimeout} ms`,
      ),
    );
  });
  const giveUp = AbortSignal.any([signal, deadline.signal]);
  let connection: Connection | undefined;
  const close = () => connection?.close("connecting was given up");
  giveUp.addEventListener("abort", close);
  try {
    connection = await Connection.dial(settings, giveUp, inbox);
    await greet(connection, settings);
    giveUp.throwIfAborted();
    connection.watch();
    return connection;
  } catch (error) {
    connection?.close("the handshake failed");
    if (giveUp.aborted) throw giveUp.reason;
    throw error;
  } finally {
    timer.cancel();
    giveUp.removeEventListener("abort", close);
  }
}

async function greet(
  connection: Connection,
  settings: Settings,
): Promise<void> {
  const { name, username, password, db, clientName, protocol } = settings;
  const what = () => `log in to ${name}`;
  const hello = ["HELLO", String(protocol)];
  if (password !== undefined) {
    hello.push("AUTH", username ?? "default", password);
  }
  if (clientName !== undefined) hello.push("SETNAME", clientName);
  try {
    await connection.send(hello, what);
  } catch (error) {
    if (!knowsNoHello(error)) throw error;
    await greetWithoutHello(connection, settings);
  }
  if (db !== 0) {
    await connection.send(
      ["SELECT", String(db)],
      () => `select database ${db}`,
    );
  }
  // A server that is still loading its data set greets all the same.
  await connection.send(["PING"], () => `use ${name}`);
}

function knowsNoHello(error: unknown): boolean {
  if (!(error instanceof RedisReplyError) || error instanceof RedisAuthError) {
    return false;
  }
  return error.code === "NOPROTO" || error.code === "NOPERM" ||
    /unknown command|syntax error/i.test(error.message);
}

async function greetWithoutHello(
  connection: Connection,
  { name, username, password, clientName }: Settings,
): Promise<void> {
  if (password !== undefined) {
    const args = username === undefined ? [password] : [username, password];
    await connection.send(["AUTH", ...args], () => `log in to ${name}`);
  }
  if (clientName !== undefined) {
    try {
      await connection.send(["CLIENT", "SETNAME", clientName]);
    } catch (error) {
      // The name only helps who reads CLIENT LIST: a server may refuse it.
      if (!(error instanceof RedisReplyError)) throw error;
    }
  }
}
