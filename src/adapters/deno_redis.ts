/**
 * A {@linkcode Transport} over clients of x/redis (`jsr:@db/redis`).
 *
 * Hand in a function that makes a client wherever you can: connections that it
 * makes are opened, closed and remade here. A pair of clients that exist already
 * comes back after a loss only as far as x/redis itself brings it back.
 *
 * @example A function that makes a client
 * ```ts
 * import { fromDenoRedis } from "@dsa/state-signals/adapters/deno-redis";
 * import type { DenoRedisClient } from "@dsa/state-signals/adapters/deno-redis";
 *
 * // import { connect } from "@db/redis";
 * declare function connect(options: {
 *   hostname: string;
 *   maxRetryCount: number;
 * }): Promise<DenoRedisClient>;
 *
 * const redis = fromDenoRedis(() =>
 *   connect({ hostname: "127.0.0.1", maxRetryCount: 0 })
 * );
 * // await SignalExporter.connect("fio", { redis });
 * await redis.close();
 * ```
 *
 * @module
 */
import type { Transport } from "../transport/transport.ts";
import { AdapterTransport } from "./adapter_transport.ts";
import type {
  DenoRedisClient,
  DenoRedisFactory,
  DenoRedisPair,
} from "./deno_redis_client.ts";
import { madeClients, ownedPair } from "./deno_redis_original.ts";
import type { AdapterOptions } from "./options.ts";

export type { AdapterOptions, Transport };
export type {
  DenoRedisClient,
  DenoRedisEvent,
  DenoRedisFactory,
  DenoRedisMessage,
  DenoRedisPair,
  DenoRedisSubscription,
} from "./deno_redis_client.ts";
export { AdapterError } from "./adapter_error.ts";

/**
 * Makes a transport of x/redis clients.
 *
 * x/redis drops the server's confirmation of a subscription. Here a subscription
 * counts once a message that was published on a channel of its own, subscribed
 * to by the same command, has come back; the same way asks from time to time
 * whether the connection is still alive. A user whom an ACL restricts needs
 * `&state-signals:barrier:*` for that, besides the channels of the signals.
 *
 * With a function, give the clients `maxRetryCount: 0` and no
 * `healthCheckInterval`: x/redis sends a command again after a reconnect,
 * subscribes before it logs in, and its health check reads what is meant for the
 * subscription. Three connections are made: one publishes, one subscribes, and
 * one proves that the latter does.
 *
 * A pair is yours: it is never connected or closed here, and what was subscribed
 * to is unsubscribed on `close()`. Leave its `maxRetryCount` as it is, or it never
 * comes back; what x/redis would publish again is made an empty message on
 * `state-signals:barrier:spent` first. Use its `subscriber` for nothing else, and
 * no password: with one, x/redis does not come back.
 *
 * @param clients A function that makes a new client whenever it is called, or two
 * clients, one of which subscribes and does nothing else.
 * @param options Time spans, in milliseconds.
 * @returns The transport.
 * @throws {TypeError | RangeError} If an argument can't be used.
 *
 * @example Two clients that are there already
 * ```ts
 * import { fromDenoRedis } from "@dsa/state-signals/adapters/deno-redis";
 * import type { DenoRedisClient } from "@dsa/state-signals/adapters/deno-redis";
 *
 * async function speakOver(commands: DenoRedisClient, subscriber: DenoRedisClient) {
 *   const redis = fromDenoRedis({ commands, subscriber });
 *   await redis.publish("news", "hello");
 *   await redis.close(); // both clients stay open
 * }
 * ```
 */
export function fromDenoRedis(
  clients: DenoRedisFactory | DenoRedisPair,
  options: AdapterOptions = {},
): Transport & AsyncDisposable {
  const original = typeof clients === "function"
    ? madeClients(clients)
    : ownedPair(checkPair(clients));
  return new AdapterTransport(original, options);
}

function checkPair(pair: DenoRedisPair): DenoRedisPair {
  const { commands, subscriber } = pair ?? {};
  for (const [name, client] of Object.entries({ commands, subscriber })) {
    if (!isClient(client)) {
      throw new TypeError(
        `Cannot use ${name} as it must be a client of x/redis: current value is ${
          String(client)
        }`,
      );
    }
  }
  if (commands === subscriber) {
    throw new TypeError(
      "Cannot use one client for both as a subscribed client of x/redis can do nothing else",
    );
  }
  return pair;
}

function isClient(value: unknown): value is DenoRedisClient {
  const { sendCommand, subscribe, addEventListener } = (value ?? {}) as Partial<
    DenoRedisClient
  >;
  return [sendCommand, subscribe, addEventListener].every((each) =>
    typeof each === "function"
  );
}
