/**
 * Makes a transport from what a caller says about Redis: the one place where the
 * protocol meets the client.
 *
 * @module
 */
import type { ConnectOptions } from "./connect_options.ts";
import { RedisClient } from "./redis/client.ts";
import type { RedisOptions } from "./redis/options.ts";
import { resolveOptions } from "./redis/settings.ts";
import {
  BorrowedTransport,
  type OpenTransport,
} from "./transport/open_transport.ts";
import type { Transport } from "./transport/transport.ts";

/**
 * Connects, or borrows the transport that the caller has handed in.
 *
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} If the server can't be reached or refuses.
 */
export async function openTransport(
  options: ConnectOptions,
): Promise<OpenTransport> {
  const { redis = "redis://localhost:6379", connectTimeout, signal } = options;
  signal?.throwIfAborted();
  if (isTransport(redis)) return new BorrowedTransport(redis);
  const given: RedisOptions = typeof redis === "string" || redis instanceof URL
    ? { url: redis }
    : redis;
  return await RedisClient.connect({
    ...given,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * Checks what a caller says about Redis, before anything is done with it.
 *
 * @throws {TypeError | RangeError} If a part can't be used; it is named, and not
 * quoted where it may hold a credential.
 */
export function checkConnection(options: ConnectOptions): void {
  const { redis = {} } = options;
  if (!isTransport(redis)) resolveOptions(redis);
}

function isTransport(
  value: string | URL | RedisOptions | Transport,
): value is Transport {
  return typeof value === "object" && "publish" in value &&
    "subscribe" in value &&
    typeof value.publish === "function" &&
    typeof value.subscribe === "function";
}
