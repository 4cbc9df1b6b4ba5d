/**
 * A transport over clients of x/redis (`jsr:@db/redis`).
 *
 * Hand in a function that makes a client wherever you can: the connections that
 * it makes are opened, watched, remade and closed here. Two clients that are
 * there already are used as they are, and come back after a loss only as far as
 * x/redis brings them back. It needs the network permission and nothing else.
 *
 * @example
 * ```ts ignore
 * import { connect } from "jsr:@db/redis";
 * import { SignalExporter } from "@dsa/state-signals";
 * import { fromDenoRedis } from "@dsa/state-signals/adapters/deno-redis";
 *
 * await using redis = fromDenoRedis(() =>
 *   connect({ hostname: "127.0.0.1", port: 6379, maxRetryCount: 0 })
 * );
 * await using exporter = await SignalExporter.connect("fio", { redis });
 * ```
 *
 * @module
 */
import type { Transport } from "../transport/transport.ts";
import { adapterTransport } from "./adapter_transport.ts";
import type {
  DenoRedisClient,
  DenoRedisFactory,
  DenoRedisPair,
} from "./deno_redis/client.ts";
import { madeClients, ownedPair } from "./deno_redis/client_source.ts";
import type { LinkOptions } from "../link/options.ts";

export {
  RedisAuthError,
  RedisConnectionError,
  type RedisConnectionErrorOptions,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "../link/errors.ts";
export type {
  DenoRedisClient,
  DenoRedisEvent,
  DenoRedisFactory,
  DenoRedisMessage,
  DenoRedisPair,
  DenoRedisSubscription,
} from "./deno_redis/client.ts";
export type { LinkOptions } from "../link/options.ts";
export type {
  DeliveryError,
  LinkChange,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";

/**
 * Makes a transport of x/redis clients.
 *
 * x/redis drops the server's confirmation of a subscription. Here a subscription
 * counts once a message has come back on a private channel that the same command
 * subscribed to; every `pingInterval` such a message asks whether the connection
 * is still alive, which x/redis itself never notices of a server gone mute. So a
 * user whom an ACL restricts needs `&state-signals:barrier:*` besides.
 *
 * **With a function**, three connections are made: one publishes, one subscribes,
 * one sends the private messages to the latter. Say `maxRetryCount: 0`, as
 * x/redis else goes on trying for half a minute after its connection was given
 * up, and no `healthCheckInterval`, whose PING takes the replies of others.
 *
 * **A pair** is yours: it is never connected or closed here, and `close()` ends
 * the subscriptions and leaves both clients ready for other use. Until then, let
 * nothing else use `subscriber`. Leave `maxRetryCount` above 0, or it never comes
 * back; where x/redis sends a PUBLISH again after a reconnect, an empty message
 * on a private channel takes its place. With a password, x/redis can't come back
 * at all, as it subscribes before it logs in: the link is then lost for good.
 *
 * @param clients A function that makes a new client whenever it is called, or
 * two clients.
 * @param options Time spans, in milliseconds.
 * @returns The transport. Closing it closes the clients that it made, no others.
 * @throws {TypeError} If that is no function and no two clients.
 * @throws {RangeError} If an option is negative.
 *
 * @example Two clients that are there already
 * ```ts ignore
 * import { connect } from "jsr:@db/redis";
 * import { fromDenoRedis } from "@dsa/state-signals/adapters/deno-redis";
 *
 * const commands = await connect({ hostname: "127.0.0.1" });
 * const subscriber = await connect({ hostname: "127.0.0.1" });
 * await using redis = fromDenoRedis({ commands, subscriber });
 * ```
 */
export function fromDenoRedis(
  clients: DenoRedisFactory | DenoRedisPair,
  options: LinkOptions = {},
): Transport & AsyncDisposable {
  const source = typeof clients === "function"
    ? madeClients(clients)
    : ownedPair(checkPair(clients));
  return adapterTransport(source, options);
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
