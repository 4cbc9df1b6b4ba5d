/**
 * A transport over an existing client of npm:ioredis, 5 or 6: a client, one that
 * asks sentinels, or a cluster, with its TLS and credentials.
 *
 * The client is taken as a pattern: publishing and subscribing each get a
 * duplicate of it, which reconnects by our rules, not by its `retryStrategy`.
 * That is what keeps a PUBLISH from being sent twice after a reconnect
 * (`autoResendUnfulfilledCommands`) or queued offline (`enableOfflineQueue`),
 * notices a server that went mute, and confirms a subscription before anyone is
 * told that the link is back. `keyPrefix` is left out: channels are named as
 * other peers name them. The client itself is never used or closed; when its
 * owner closes it, or it gives up, the transport ends too. In a cluster any
 * master will do, and what PUBLISH counts is the subscribers of that node alone.
 *
 * It needs the network permission, and for ioredis itself `--allow-env`.
 *
 * @example
 * ```ts no-eval
 * import { Redis } from "ioredis";
 * import { SignalExporter } from "@dsa/state-signals";
 * import { fromIoredis } from "@dsa/state-signals/adapters/ioredis";
 *
 * const client = new Redis("redis://127.0.0.1:6379");
 * await using redis = fromIoredis(client);
 * await using exporter = await SignalExporter.connect("fio", { redis });
 * ```
 *
 * @module
 */
import { adapterTransport } from "./adapter_transport.ts";
import { ioredisDuplicate } from "./ioredis/client_connection.ts";
import type { IoredisClient, IoredisCluster } from "./ioredis/types.ts";
import type { LinkOptions } from "../link/options.ts";
import type { ClientSource } from "./client_source.ts";
import type { Transport } from "../transport/transport.ts";

export {
  RedisAuthError,
  RedisConnectionError,
  type RedisConnectionErrorOptions,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "../link/errors.ts";
export type * from "./ioredis/types.ts";
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
 * Makes a transport of a client of npm:ioredis.
 *
 * @param client What `new Redis()` or `new Redis.Cluster()` made; the latter must
 * be connected.
 * @param options Time spans, in milliseconds.
 * @returns The transport. Closing it ends what it opened and leaves the client.
 * @throws {TypeError} If the client is neither.
 * @throws {RangeError} If an option is negative.
 *
 * @example Sentinels, and a cluster
 * ```ts no-eval
 * import { Cluster, Redis } from "ioredis";
 * import { fromIoredis } from "@dsa/state-signals/adapters/ioredis";
 *
 * const sentinels = [{ host: "10.0.0.1", port: 26379 }];
 * await using one = fromIoredis(new Redis({ sentinels, name: "mymaster" }));
 *
 * const nodes = [{ host: "10.0.0.2", port: 6379 }];
 * await using other = fromIoredis(new Cluster(nodes));
 * ```
 */
export function fromIoredis(
  client: IoredisClient | IoredisCluster,
  options: LinkOptions = {},
): Transport & AsyncDisposable {
  return adapterTransport(clientSourceOf(client), options);
}

function clientSourceOf(client: IoredisClient | IoredisCluster): ClientSource {
  const onClosed = (callback: () => void) => {
    client.on("end", callback);
    return () => client.off("end", callback);
  };
  if ("nodes" in client) return { ...cluster(client), onClosed };
  if ("duplicate" in client) return { ...single(client), onClosed };
  throw new TypeError(
    "Cannot use client as it must be a client or a cluster of npm:ioredis",
  );
}

function single(client: IoredisClient): Omit<ClientSource, "onClosed"> {
  return {
    name: nameOf(client.options),
    mode: undefined,
    duplicate: (events, dialTimeout) =>
      Promise.resolve(ioredisDuplicate(client, events, dialTimeout)),
  };
}

/** Every node of a cluster passes on what is published, so any master will do. */
function cluster(client: IoredisCluster): Omit<ClientSource, "onClosed"> {
  let turn = Math.floor(Math.random() * 16_384);
  return {
    name: "ioredis in a cluster",
    mode: "cluster",
    duplicate(events, dialTimeout) {
      const masters = client.nodes("master");
      // The next one each time, as the last may have gone unnoticed by the cluster.
      const master = masters[turn++ % masters.length];
      if (master === undefined) {
        return Promise.reject(
          new Error("it knows no node; it must be connected"),
        );
      }
      return Promise.resolve(ioredisDuplicate(master, events, dialTimeout));
    },
  };
}

function nameOf(
  { host, port, path, sentinels, name }: {
    host?: string;
    port?: number;
    path?: string;
    sentinels?: unknown;
    name?: string;
  },
): string {
  if (sentinels) return `ioredis behind sentinels of "${name}"`;
  return `ioredis at ${path ?? `${host}:${port}`}`;
}
