/**
 * The first words on a connection: HELLO with credentials and a name, or their
 * older forms where the server knows no HELLO.
 *
 * @module
 */
import { after } from "../internal/timer.ts";
import { Connection } from "./connection/connection.ts";
import {
  RedisAuthError,
  RedisConnectionError,
  RedisPermissionError,
  RedisReplyError,
} from "../link/errors.ts";
import type { PushSink } from "./connection/push_sink.ts";
import { askMaster, greetedByReplica, ReplicaError } from "../link/role.ts";
import type { Settings } from "./settings.ts";

/** How a connection is opened. */
export interface OpenOptions {
  /** Gives up. */
  signal: AbortSignal;
  /** Milliseconds for all of it. */
  timeout: number;
  /** Given for a connection that subscribes; see {@linkcode Connection}. */
  sink?: PushSink | undefined;
  /** What else has to be done before the connection is ready; must reject when that ends. */
  prepare?: ((connection: Connection) => Promise<void>) | undefined;
  /** Asks the server again and again; see {@linkcode Connection.watch}. */
  probe?: (() => void) | undefined;
}

/**
 * Opens a connection that is ready for commands.
 *
 * @throws {RedisAuthError} If the server does not take the credentials.
 * @throws {RedisConnectionError} If anything else fails, or takes too long.
 */
export async function openConnection(
  settings: Settings,
  { signal, timeout, sink, prepare, probe }: OpenOptions,
): Promise<Connection> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const giveUp = ending.signal;
  let connection: Connection | undefined;
  const end = (reason: unknown) => {
    ending.abort(reason);
    connection?.close("connecting was given up");
  };
  const abort = () => end(signal.reason);
  signal.addEventListener("abort", abort);
  const timer = after(timeout, () =>
    end(
      new RedisConnectionError(
        `Cannot connect to ${settings.name}: it was not ready within ${
          Math.round(timeout)
        } ms`,
      ),
    ));
  try {
    connection = await Connection.dial(settings, giveUp, sink);
    giveUp.throwIfAborted();
    await greet(connection, settings);
    await prepare?.(connection);
    giveUp.throwIfAborted();
    if (connection.cause !== undefined) throw connection.cause;
    connection.watch(probe);
    return connection;
  } catch (error) {
    const cause = connection?.cause;
    connection?.close("connecting failed");
    if (giveUp.aborted) throw giveUp.reason;
    if (error instanceof RedisReplyError) throw refusal(error);
    // What ended the connection says more than what that did to a command.
    throw cause ?? error;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** A refusal that may pass, such as LOADING, is a connection that failed. */
function refusal(error: RedisReplyError): Error {
  return error instanceof RedisAuthError ||
      error instanceof RedisPermissionError
    ? error
    : new RedisConnectionError(error.message, { cause: error });
}

async function greet(
  connection: Connection,
  settings: Settings,
): Promise<void> {
  const { name, username, password, db, clientName, protocol } = settings;
  const what = () => `log in to ${name}`;
  const hello = ["HELLO", String(protocol)];
  if (username !== undefined || password !== undefined) {
    hello.push("AUTH", username ?? "default", password ?? "");
  }
  if (clientName !== undefined) hello.push("SETNAME", clientName);
  let mayBeReplica = true;
  try {
    mayBeReplica = greetedByReplica(await connection.send(hello, what));
  } catch (error) {
    if (!knowsNoHello(error)) throw error;
    await greetWithoutHello(connection, settings);
  }
  if (mayBeReplica) await refuseReplica(connection, name);
  if (db !== 0) {
    await connection.send(
      ["SELECT", String(db)],
      () => `select database ${db}`,
    );
  }
  // A server that is still loading its data set greets all the same.
  await connection.send(["PING"], () => `use ${name}`);
}

async function refuseReplica(
  connection: Connection,
  name: string,
): Promise<void> {
  const master = await askMaster(connection).catch((error: Error) => {
    // A server that knows no ROLE, or lets nobody ask, is taken as it is.
    if (!(error instanceof RedisReplyError)) throw error;
  });
  if (master) throw new ReplicaError(name, master);
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
  if (username !== undefined || password !== undefined) {
    const user = username === undefined ? [] : [username];
    await connection.send(
      ["AUTH", ...user, password ?? ""],
      () => `log in to ${name}`,
    );
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
