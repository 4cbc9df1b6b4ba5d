/**
 * The way from the addresses that a caller named to the server to use.
 *
 * @module
 */
import { after } from "../internal/timer.ts";
import { abortable } from "../internal/abortable.ts";
import type { DialOptions } from "../link/connection.ts";
import {
  RedisConnectionError,
  RedisReplyError,
  RedisRoleError,
} from "../link/errors.ts";
import type { Connection } from "./connection/connection.ts";
import { openConnection } from "./handshake.ts";
import type { Endpoint, ServerSettings } from "./settings.ts";

/** Milliseconds in which one server must lead to another one, so that the next one is asked in time. */
const PATIENCE = 1_000;

/** What finding a server needs to know. */
export type FindOptions = Pick<DialOptions, "signal" | "attempt">;

/** Leaves every server but the one at the address, for this reason. */
export type GoTo = (address: string, cause: Error) => void;

/** Finds the server of a link. */
export interface Route {
  /**
   * Finds the server to dial now.
   *
   * @throws {Error} If it can't be found.
   */
  find(options: FindOptions): Promise<Endpoint>;
  /** Asks anew for the server to use, and leaves every other one; never rejects. */
  verify?(): Promise<void>;
  /** Ends what the route has opened. */
  close?(cause: Error): void;
}

/** What a server replies that knows nothing of other servers, or has clusters switched off. */
const UNFIT = /unknown command|cluster support disabled/i;

/**
 * Throws the error of a question that a server did not answer.
 *
 * @param what What the server must be, and is not.
 */
export function unanswered(
  error: unknown,
  name: string,
  what: string,
): never {
  if (!(error instanceof RedisReplyError && UNFIT.test(error.message))) {
    throw error;
  }
  throw new RedisRoleError(
    `Cannot connect to ${name} as that server is no ${what}: use redis://`,
    "unfit",
    { cause: error },
  );
}

/**
 * Asks one server for another one, on a connection of its own.
 *
 * @param settings Where to ask.
 * @param ask Asks.
 * @throws {RedisConnectionError} If the server does not answer in time.
 */
export async function askServer<T>(
  settings: ServerSettings,
  signal: AbortSignal,
  ask: (connection: Connection) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const timer = after(PATIENCE, () =>
    patience.abort(
      new RedisConnectionError(
        `Cannot ask ${settings.name} as it did not answer within ${PATIENCE} ms`,
      ),
    ));
  const either = AbortSignal.any([signal, patience.signal]);
  let connection: Connection | undefined;
  try {
    connection = await openConnection(settings, {
      signal: either,
      sink: undefined,
      anyRole: true,
    });
    return await abortable(ask(connection), either);
  } finally {
    timer.cancel();
    void connection?.close(new RedisConnectionError("The question is over"));
  }
}
