/**
 * What every entry point of the module takes to reach Redis.
 *
 * @module
 */
import type { Logger, LogLevel } from "./internal/logger.ts";
import type { RedisOptions } from "./redis/options.ts";
import type { Transport } from "./transport/transport.ts";

/**
 * What `SignalExporter.connect`, `SignalResponder.connect`, `barrier`, `once` and `rollCall` all take.
 *
 * @category Connection
 */
export interface ConnectOptions {
  /**
   * The server's URL (`redis://[user:password@]host:port`, `rediss://…`,
   * `redis+unix:///path`, `redis+sentinel://host:port,…/MASTER`,
   * `redis+cluster://host:port,…`), options, or a transport that is connected already and
   * is left open on `close()`.
   *
   * @default {"redis://localhost:6379"}
   */
  redis?: string | URL | RedisOptions | Transport;
  /**
   * Milliseconds in which the connection must be made; attempts are repeated
   * with backoff. `Infinity`: without limit. `barrier`, `once` and `rollCall`
   * take no longer than their `timeout` and half a second, if none is given.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * Prefix of every channel, which keeps groups on one server apart. Python
   * peers know no prefix, so it is empty by default.
   */
  namespace?: string;
  /** Takes log messages. Writes to standard error by default. */
  logger?: Logger;
  /**
   * The least severe messages to log.
   *
   * @default {"WARNING"}
   */
  logLevel?: LogLevel;
  /** Ends the attempt to connect. */
  signal?: AbortSignal;
}
