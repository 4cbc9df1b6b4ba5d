/**
 * A connection over npm:ioredis: a duplicate of the user's client that does not
 * reconnect.
 *
 * @module
 */
import type { ClientConnection, ClientEvents } from "../client_source.ts";
import type { IoredisClient } from "./types.ts";

/**
 * The options that are overridden: those by which ioredis repeats commands,
 * holds them back, limits them, connects to a replica, or changes names and
 * replies. Its timeouts are switched off, because links have their own.
 */
const OVERRIDES = {
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  blockingTimeout: undefined,
  commandTimeout: undefined,
  disconnectTimeout: 0,
  enableAutoPipelining: false,
  enableOfflineQueue: false,
  // The check sends INFO, which an ACL may forbid; PING detects LOADING, too.
  enableReadyCheck: false,
  failoverDetector: false,
  keyPrefix: "",
  lazyConnect: true,
  maxRetriesPerRequest: null,
  monitor: false,
  readOnly: false,
  preferredSlaves: undefined,
  reconnectOnError: null,
  retryStrategy: null,
  role: "master",
  sentinelRetryStrategy: null,
  socketTimeout: undefined,
};

/**
 * Duplicates a client.
 *
 * @param pattern The client to duplicate.
 * @param events Takes messages and the loss of the connection.
 * @param dialTimeout Milliseconds to dial, and to ask a sentinel.
 */
export function ioredisDuplicate(
  pattern: IoredisClient,
  { message, lost }: ClientEvents,
  dialTimeout: number,
): ClientConnection {
  const client = pattern.duplicate({
    ...OVERRIDES,
    connectTimeout: dialTimeout,
    sentinelCommandTimeout: dialTimeout,
  });
  const gone = Promise.withResolvers<void>();
  const closed = () => lost(new Error("the connection was closed"));
  client.on("error", (cause) => lost(cause));
  client.on("close", closed);
  // The client's own "close" comes a tick after it begins to refuse commands.
  client.on("connect", () => client.stream.once("close", closed));
  client.on("end", () => gone.resolve());
  client.on("messageBuffer", (channel, payload) => {
    message(channel as Uint8Array, payload as Uint8Array);
  });
  return {
    connect: () => client.connect(),
    command: (...args) => client.call(...args),
    subscribe: (channels) => client.subscribe(...channels),
    unsubscribe: (channels) => client.unsubscribe(...channels),
    destroy() {
      if (client.status === "end") gone.resolve();
      else client.disconnect();
      return gone.promise;
    },
  };
}
