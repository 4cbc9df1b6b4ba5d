/**
 * Makes a transport from what a caller says about Redis: the one place where the
 * protocol meets the client.
 *
 * @module
 */
import type { ConnectOptions } from "./connect_options.ts";
import { leveledLogger } from "./internal/logger.ts";
import { redisTransport } from "./redis/client.ts";
import type { RedisOptions } from "./redis/options.ts";
import {
  BorrowedTransport,
  type OpenTransport,
} from "./transport/open_transport.ts";
import { explained } from "./transport/long_wait.ts";
import type { Transport } from "./transport/transport.ts";

const CONNECT_TIMEOUT = 20_000;

/**
 * Connects, or borrows the transport that the caller has handed in.
 *
 * @param timeout Milliseconds that the caller waits for peers: where it has not
 * said how long to connect, that takes no longer than this and half a second.
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} If the server can't be reached or refuses.
 */
export async function openTransport(
  options: ConnectOptions,
  timeout = Infinity,
): Promise<OpenTransport> {
  const { redis = "redis://localhost:6379", connectTimeout, signal } = options;
  signal?.throwIfAborted();
  if (isTransport(redis)) return new BorrowedTransport(redis);
  const given: RedisOptions = typeof redis === "string" || redis instanceof URL
    ? { url: redis }
    : redis;
  const transport = redisTransport({
    connectTimeout: Math.min(CONNECT_TIMEOUT, timeout + 500),
    ...given,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  });
  try {
    const logger = leveledLogger(options.logger, options.logLevel);
    const ready = transport.ready(signal ?? given.signal);
    await explained(ready, transport, logger);
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function isTransport(
  value: string | URL | RedisOptions | Transport,
): value is Transport {
  return typeof value === "object" && "publish" in value &&
    "subscribe" in value &&
    typeof value.publish === "function" &&
    typeof value.subscribe === "function";
}
