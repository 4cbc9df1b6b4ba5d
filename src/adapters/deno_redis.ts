/**
 * A transport over clients of x/redis (`jsr:@db/redis`).
 *
 * Pass a function that makes a client if you can: this module opens, watches,
 * remakes and closes the clients that the function makes. You may pass two
 * clients that you have already. After a loss, only x/redis itself can reconnect
 * those. The adapter needs only the network permission.
 *
 * @example A function that makes clients
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
import { mustBe } from "../internal/check.ts";
import type { Transport } from "../transport/transport.ts";
import { adapterTransport } from "./adapter_transport.ts";
import type {
  DenoRedisClient,
  DenoRedisFactory,
  DenoRedisPair,
} from "./deno_redis/client.ts";
import { madeClients, ownedPair } from "./deno_redis/client_source.ts";
import type { LinkOptions } from "../link/options.ts";

export * from "../link/exports.ts";
export type {
  DenoRedisClient,
  DenoRedisEvent,
  DenoRedisFactory,
  DenoRedisMessage,
  DenoRedisPair,
  DenoRedisSubscription,
} from "./deno_redis/client.ts";

/**
 * Makes a transport over clients of x/redis.
 *
 * x/redis drops the server's confirmation of a subscription. So the adapter
 * proves each subscription: the same command subscribes to a private channel,
 * and a message must come back on it. Every `pingInterval` such a message checks
 * that the connection is alive, because x/redis itself does not notice a mute
 * server. A user with an ACL therefore also needs `&state-signals:barrier:*`.
 *
 * **With a function**, the adapter makes three connections: one publishes, one
 * subscribes, and one sends private messages to the one that subscribes. Set
 * `maxRetryCount: 0`, because otherwise x/redis goes on connecting for half a
 * minute after the adapter has given a connection up. Set no
 * `healthCheckInterval`, because its PING takes the replies of other commands.
 *
 * **A pair** stays yours: the adapter never connects or closes the two clients.
 * `close()` ends the subscriptions and leaves both clients ready for other use.
 * Until then, do not use `subscriber` for anything else. Leave `maxRetryCount`
 * above 0, because only x/redis can reconnect the clients. If x/redis sends a
 * PUBLISH again after a reconnect, an empty message on a private channel takes
 * its place. With a password, x/redis can't reconnect a subscriber, because it
 * subscribes before it logs in: then the link is lost for good.
 *
 * @category Adapter
 * @param clients A function that makes a new client at each call, or two clients.
 * @param options Time spans, in milliseconds.
 * @returns The transport. Closing it closes the clients that it made, no others.
 * @throws {TypeError} If `clients` is neither a function nor two clients.
 * @throws {RangeError} If an option is negative.
 *
 * @example Two clients that you have already
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
      throw new TypeError(mustBe(name, "a client of x/redis", client));
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
  const { sendCommand, subscribe, addEventListener } = Object(value);
  return [sendCommand, subscribe, addEventListener].every((each) =>
    typeof each === "function"
  );
}
