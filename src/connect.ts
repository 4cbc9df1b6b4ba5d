/**
 * From what a caller says about Redis to a {@linkcode Transport}: the one place
 * where the protocol meets the client.
 *
 * @module
 */
import { RedisClient } from "./redis/client.ts";
import type { RedisOptions } from "./redis/options.ts";
import type { Transport } from "./transport/transport.ts";
import type { Logger, LogLevel } from "./internal/logger.ts";

/** What `SignalExporter.connect` and `SignalResponder.connect` both take. */
export interface ConnectOptions {
  /**
   * The server's URL (`redis://[user:password@]host:port`, `rediss://…`,
   * `redis+unix:///path`), options, or a transport that is there already and is
   * left open on `close()`.
   *
   * @default {"redis://localhost:6379"}
   */
  redis?: string | URL | RedisOptions | Transport;
  /**
   * Milliseconds in all to get connected, tries repeated with backoff.
   * `Infinity`: for ever.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * Prefix of both channels, which keeps groups on one server apart. None by
   * default: Python peers know none.
   */
  namespace?: string;
  /** Takes what is worth knowing. Writes to standard error by default. */
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

/** A transport and whether it was opened here, to be closed by who asked. */
export interface OpenedTransport {
  readonly transport: Transport;
  readonly owned: boolean;
}

/** Connects, or takes the transport that was handed in. */
export async function openTransport(
  options: ConnectOptions,
): Promise<OpenedTransport> {
  const { redis = "redis://localhost:6379", connectTimeout, signal } = options;
  signal?.throwIfAborted();
  if (isTransport(redis)) return { transport: redis, owned: false };
  const given: RedisOptions = typeof redis === "string" || redis instanceof URL
    ? { url: redis }
    : redis;
  const transport = await RedisClient.connect({
    ...given,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { transport, owned: true };
}

function isTransport(
  value: string | URL | RedisOptions | Transport,
): value is Transport {
  return typeof value === "object" && "publish" in value &&
    "subscribe" in value &&
    typeof value.publish === "function" &&
    typeof value.subscribe === "function";
}
