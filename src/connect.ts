/**
 * Makes a transport from what a caller says about Redis: the one place where the
 * protocol meets the client.
 *
 * @module
 */
import type { ConnectOptions } from "./connect_options.ts";
import {
  checkOptions,
  checkSignal,
  checkSpan,
  mustBe,
  type Names,
} from "./internal/check.ts";
import { QUIET } from "./internal/intervals.ts";
import { leveledLogger } from "./internal/logger.ts";
import { redisTransport } from "./redis/client.ts";
import type { RedisOptions } from "./redis/options.ts";
import { optionsOf, resolveOptions } from "./redis/settings.ts";
import {
  BorrowedTransport,
  type OpenTransport,
} from "./transport/open_transport.ts";
import { explained } from "./transport/long_wait.ts";
import type { Transport } from "./transport/transport.ts";

const DEFAULT = "redis://localhost:6379";
const CONNECT_TIMEOUT = 20_000;

const CONNECT_NAMES: Names<ConnectOptions> = {
  redis: true,
  connectTimeout: true,
  namespace: true,
  logger: true,
  logLevel: true,
  signal: true,
};

/**
 * Checks the names of the options of an entry point.
 *
 * @param own The names that other entry points do not have.
 * @throws {TypeError} Shows the options, or names the one that there is not.
 */
export function checkConnectOptions<Options extends ConnectOptions>(
  options: Options,
  own: Names<Omit<NoInfer<Options>, keyof ConnectOptions>>,
): void {
  const names = { ...own, ...CONNECT_NAMES };
  checkOptions<object>(options, names);
}

/**
 * Connects, or borrows the transport that the caller has handed in.
 *
 * @param timeout Milliseconds that the caller waits for peers: where it has not
 * said how long to connect, that takes no longer than this and half a second.
 * @throws {TypeError | RangeError} If an option can't be used.
 * @throws {Error} If the server can't be reached or refuses, or the transport
 * that was handed in is closed.
 */
export async function openTransport(
  options: ConnectOptions & { quiet?: boolean },
  timeout = Infinity,
): Promise<OpenTransport> {
  const { connectTimeout, quiet } = options;
  if (connectTimeout !== undefined) checkSpan(connectTimeout, "connectTimeout");
  const signal = checkSignal(options.signal);
  const logger = leveledLogger(options.logger, options.logLevel);
  signal?.throwIfAborted();
  const redis = redisOf(options);
  if (isTransport(redis)) return borrowed(redis);
  const given = redisOptionsOf(redis);
  const transport = redisTransport({
    connectTimeout: Math.min(CONNECT_TIMEOUT, timeout + 500),
    ...(quiet ? { pingInterval: QUIET.pingInterval } : {}),
    ...given,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  });
  try {
    const ready = transport.ready(signal ?? given.signal);
    await explained(ready, transport, logger);
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/**
 * Checks what a caller says about Redis, before anything is done with it.
 *
 * @throws {TypeError | RangeError} If a part can't be used; it is named, and not
 * quoted where it may hold a credential.
 */
export function checkConnection(options: ConnectOptions): void {
  const redis = redisOf(options);
  if (!isTransport(redis)) resolveOptions(redisOptionsOf(redis));
}

function redisOf(options: ConnectOptions): ConnectOptions["redis"] {
  return "redis" in options ? options.redis : DEFAULT;
}

/** Whether a value has what every transport has, and no raw client. */
function isTransport(value: unknown): value is Transport {
  const { name, publish, subscribe, close } = Object(value);
  return typeof name === "string" &&
    [publish, subscribe, close].every((each) => typeof each === "function");
}

/**
 * A transport of the caller.
 *
 * @throws {Error} If it is closed.
 */
function borrowed(transport: Transport): OpenTransport {
  // Some transport of a caller may mean something else by the word.
  if (transport.closed !== true) return new BorrowedTransport(transport);
  throw new Error(
    `Cannot use redis as the transport ${transport.name} is closed: hand in one that is open`,
  );
}

function redisOptionsOf(redis: unknown): RedisOptions {
  if (typeof redis === "string" || redis instanceof URL) {
    return optionsOf(redis);
  }
  if (typeof Object(redis).subscribe === "function") {
    throw new TypeError(
      "Cannot use redis as it is a client: hand in what fromNodeRedis(), fromIoredis() or fromDenoRedis() makes of it",
    );
  }
  if (typeof redis === "object" && redis !== null) return redis;
  const what = "a URL, options or a transport";
  throw new TypeError(mustBe("redis", what, redis));
}
