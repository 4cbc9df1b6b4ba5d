/**
 * One connection of npm:ioredis that lives once.
 *
 * @module
 */
import type { ClientConnection, ClientEvents } from "../client_source.ts";
import type { IoredisClient } from "./types.ts";

/**
 * What would repeat on its own, hold back, limit, lead to a replica, or change
 * names and replies. Timeouts go together: our links ask and wait in their own
 * time.
 */
const OVERRIDES = {
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  blockingTimeout: undefined,
  commandTimeout: undefined,
  disconnectTimeout: 0,
  enableAutoPipelining: false,
  enableOfflineQueue: false,
  // INFO is more than the least privilege allows; PING tells of LOADING too.
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
 * @param events What happens is told here.
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
  // The client tells of its end a tick after it refuses commands.
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
