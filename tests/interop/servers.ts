/**
 * The two servers over which the tests of this folder run.
 *
 * @module
 */

import { Broker } from "../../src/broker/mod.ts";
import { hasRedis, needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";

/** A kind of server. */
export interface ServerKind {
  readonly name: string;
  /** Whether its tests are left out, because the server is not installed here. */
  readonly ignore: boolean;
  /** Starts a server on a port of its own. */
  start(): Promise<{ readonly url: string } & AsyncDisposable>;
}

/** The embedded broker. */
export const EMBEDDED_BROKER: ServerKind = {
  name: "the embedded broker",
  ignore: false,
  start: () => Promise.resolve(Broker.listen()),
};

const REAL_REDIS: ServerKind = {
  name: "a real Redis",
  ignore: needsRedis("Interoperation over a real Redis").ignore,
  start: () => RedisServer.start(),
};

/** Both servers; the first one is the one for which the reference was made. */
export const SERVERS: readonly ServerKind[] = [REAL_REDIS, EMBEDDED_BROKER];

/** The server of a reference run: a real Redis if it is installed. */
export const REFERENCE_SERVER: ServerKind = hasRedis()
  ? REAL_REDIS
  : EMBEDDED_BROKER;
