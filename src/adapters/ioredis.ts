/**
 * A transport over an existing client of npm:ioredis, 5 or 6: a client, one that
 * asks sentinels, or a cluster, with its TLS and credentials.
 *
 * The client is a pattern: publishing and subscribing each get a duplicate of
 * it, which reconnects by the rules of this module, not by `retryStrategy`. So a
 * PUBLISH is never sent twice after a reconnect (`autoResendUnfulfilledCommands`)
 * or queued offline (`enableOfflineQueue`), a mute server is noticed, and the
 * link counts as up only after its subscriptions are confirmed. `keyPrefix` has
 * no effect, because all peers must use the same channel names.
 *
 * The client itself is never used or closed. When you close it, or it gives up,
 * the transport ends, too. In a cluster, the adapter uses any master, and PUBLISH
 * counts only the subscribers of that node.
 *
 * The adapter needs the network permission; ioredis itself needs `--allow-env`.
 *
 * @example An existing client
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
import { masterPicker } from "./master_picker.ts";
import type { Transport } from "../transport/transport.ts";

export * from "../link/exports.ts";
export type * from "./ioredis/types.ts";

/**
 * Makes a transport over a client of npm:ioredis.
 *
 * @category Adapter
 * @param client A client from `new Redis()`, or a connected cluster from
 * `new Redis.Cluster()`.
 * @param options Time spans, in milliseconds.
 * @returns The transport. Closing it ends its own connections and leaves the
 * client open.
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
  client = Object(client); // a value that is no object has no properties
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
    duplicate: (events, dialTimeout) =>
      ioredisDuplicate(client, events, dialTimeout),
  };
}

function cluster(client: IoredisCluster): Omit<ClientSource, "onClosed"> {
  const pick = masterPicker();
  return {
    name: "ioredis in a cluster",
    mode: "cluster",
    duplicate: (events, dialTimeout) =>
      ioredisDuplicate(pick(client.nodes("master")), events, dialTimeout),
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
