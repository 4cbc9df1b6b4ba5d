/**
 * The first commands on a connection: HELLO with credentials and a name, or the
 * older commands if the server refuses HELLO.
 *
 * @module
 */
import type { DialOptions } from "../link/connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisProtocolError,
  RedisReplyError,
  refusedConnection,
} from "../link/errors.ts";
import { checkRole } from "../link/role.ts";
import type { Reply } from "../resp/reply.ts";
import { Connection } from "./connection/connection.ts";
import type { ServerSettings } from "./settings.ts";

/**
 * Opens a connection that is ready for commands.
 *
 * @param options `anyRole`: whether the server may be a sentinel or a replica.
 * @throws {RedisReplyError} If the server refuses for good.
 * @throws {RedisConnectionError} If anything else fails.
 */
export async function openConnection(
  settings: ServerSettings,
  { signal, sink, anyRole = false }:
    & Pick<DialOptions, "signal" | "sink">
    & { anyRole?: boolean },
): Promise<Connection> {
  signal.throwIfAborted();
  const connection = await Connection.dial(settings, signal, sink);
  const abort = () => void connection.close(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    await greet(connection, settings, anyRole);
    if (connection.cause !== undefined) throw connection.cause;
    return connection;
  } catch (error) {
    // The server's reply says most, then the reason for the end of the connection.
    const cause = isReply(error) ? error : connection.cause ?? error as Error;
    await connection.close(cause);
    throw signal.aborted ? cause : hinting(cause, connection, settings);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The error with a hint if the server may speak TLS: such a server hangs up on a client that does not, or sends an alert, which begins with 0x15. */
function hinting(
  cause: Error,
  { wasHeard }: Connection,
  { endpoint }: ServerSettings,
): Error {
  const isPlain = endpoint.transport === "tcp" && endpoint.tls === undefined;
  const isAlert = cause instanceof RedisProtocolError &&
    cause.message.includes("\\u0015");
  const isSilence = cause instanceof RedisConnectionError && !wasHeard;
  if (!isPlain || !(isAlert || isSilence)) return cause;
  const Kind = isAlert ? RedisProtocolError : RedisConnectionError;
  return new Kind(
    `${cause.message}; if the server speaks TLS, use rediss://`,
    { cause: cause.cause },
  );
}

function isReply(error: unknown): error is Error {
  return error instanceof RedisReplyError ||
    (error as Error).cause instanceof RedisReplyError;
}

async function greet(
  connection: Connection,
  settings: ServerSettings,
  anyRole: boolean,
): Promise<void> {
  const { name, db, cluster } = settings;
  try {
    const role = await logIn(connection, settings);
    // A server that is still loading its data set accepts HELLO, but refuses PING.
    await connection.send(["PING"], () => `use ${name}`);
    if (cluster) await noteNode(connection);
    if (role !== "master" && !anyRole) await checkRole(connection, name);
  } catch (error) {
    throw error instanceof RedisReplyError ? refusedConnection(error) : error;
  }
  if (db === 0) return;
  await connection.send(["SELECT", String(db)], () => `select database ${db}`);
}

/** Notes which node of a cluster this is; only barriers need that, so a user may lack the right to ask. */
async function noteNode(connection: Connection): Promise<void> {
  connection.mode = "cluster";
  try {
    connection.node = String(await connection.send(["CLUSTER", "MYID"]));
  } catch (error) {
    if (!(error instanceof RedisReplyError)) throw error;
  }
}

/** Logs in; returns `"master"` if the reply to HELLO says that the server is one. */
async function logIn(
  connection: Connection,
  settings: ServerSettings,
): Promise<"master" | undefined> {
  const { name, username, password, clientName, protocol } = settings;
  if (protocol === 2) return await logInWithoutHello(connection, settings);
  const hello = ["HELLO", String(protocol)];
  const hasCredentials = username !== undefined || password !== undefined;
  if (hasCredentials) {
    hello.push("AUTH", username ?? "default", password ?? "");
  }
  if (clientName !== undefined) hello.push("SETNAME", clientName);
  try {
    const reply = await connection.send(hello, () => `log in to ${name}`);
    const mode = fieldOf(reply, "mode");
    if (mode === "cluster" || mode === "standalone") connection.mode = mode;
    const role = fieldOf(reply, "role") ?? "master";
    return role === "master" && mode !== "sentinel" ? role : undefined;
  } catch (error) {
    if (!refusesHello(error, hasCredentials)) throw error;
    return await logInWithoutHello(connection, settings);
  }
}

/** A field of a reply, which is a map, or in RESP2 a list of names and values. */
export function fieldOf(
  reply: Reply | undefined,
  name: string,
): Reply | undefined {
  if (reply instanceof Map) return reply.get(name);
  const place = Array.isArray(reply) ? reply.indexOf(name) : -1;
  return place === -1 ? undefined : (reply as Reply[])[place + 1];
}

/** Whether the server refused HELLO itself, in any words, and not the credentials or the connection. */
function refusesHello(error: unknown, hasCredentials: boolean): boolean {
  if (!(error instanceof RedisReplyError)) return false;
  const { code, message } = error;
  if (code === "NOAUTH") return hasCredentials;
  return code !== "WRONGPASS" && code !== "LOADING" &&
    !/max number of clients/i.test(message);
}

async function logInWithoutHello(
  connection: Connection,
  { name, username, password, clientName }: ServerSettings,
): Promise<undefined> {
  const auth = (...args: string[]) =>
    connection.send(["AUTH", ...args], () => `log in to ${name}`);
  if (username !== undefined) {
    try {
      await auth(username, password ?? "");
    } catch (error) {
      // Servers before Redis 6 have passwords, but no users.
      if (!isOther(error)) throw error;
      await auth(password ?? "");
    }
  } else if (password !== undefined) {
    await auth(password);
  }
  if (clientName === undefined) return;
  try {
    await connection.send(["CLIENT", "SETNAME", clientName]);
  } catch (error) {
    // A server may refuse the name, because only CLIENT LIST shows it.
    if (!(error instanceof RedisReplyError)) throw error;
  }
}

function isOther(error: unknown): boolean {
  return error instanceof RedisReplyError && !(error instanceof RedisAuthError);
}
