/**
 * A transport over an existing client of npm:redis: a client, a cluster or a
 * sentinel, with its TLS, credentials and RESP version.
 *
 * The client is a pattern: publishing and subscribing each get a duplicate of
 * it, which reconnects by the rules of this module, not by `reconnectStrategy`.
 * So a PUBLISH is never queued offline, a mute server is noticed, and the link
 * counts as up only after its subscriptions are confirmed.
 *
 * The client itself is never used or closed. When you close it, the transport
 * ends, too. A sentinel does not report that it is closed, so close the transport
 * before it. In a cluster, the adapter uses any master, and PUBLISH counts only
 * the subscribers of that node.
 *
 * The adapter works with node-redis 5 and 6 and needs the network permission;
 * the client itself may need more.
 *
 * @example An existing client
 * ```ts no-eval
 * import { createClient } from "redis";
 * import { SignalExporter } from "@dsa/state-signals";
 * import { fromNodeRedis } from "@dsa/state-signals/adapters/node-redis";
 *
 * const client = createClient({ url: "redis://127.0.0.1:6379", RESP: 3 });
 * client.on("error", console.error);
 * await client.connect();
 * await using redis = fromNodeRedis(client);
 * await using exporter = await SignalExporter.connect("fio", { redis });
 * ```
 *
 * @module
 */
import { adapterTransport } from "./adapter_transport.ts";
import { nodeRedisDuplicate } from "./node_redis/client_connection.ts";
import type {
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  NodeRedisSocket,
} from "./node_redis/types.ts";
import type { LinkOptions } from "../link/options.ts";
import type { ClientSource } from "./client_source.ts";
import { masterPicker } from "./master_picker.ts";
import type { Transport } from "../transport/transport.ts";

export * from "../link/exports.ts";
export type * from "./node_redis/types.ts";

/**
 * Makes a transport over a client of npm:redis.
 *
 * @category Adapter
 * @param client A client from `createClient`, or a connected one from
 * `createCluster` or `createSentinel`.
 * @param options Time spans, in milliseconds.
 * @returns The transport. Closing it ends its own connections and leaves the
 * client open.
 * @throws {TypeError} If the client is none of the three.
 * @throws {RangeError} If an option is negative.
 *
 * @example A cluster
 * ```ts no-eval
 * import { createCluster } from "redis";
 * import { fromNodeRedis } from "@dsa/state-signals/adapters/node-redis";
 *
 * const cluster = createCluster({ rootNodes: [{ url: "redis://10.0.0.1:6379" }] });
 * await cluster.connect();
 * await using redis = fromNodeRedis(cluster, { pingInterval: 5_000 });
 * ```
 */
export function fromNodeRedis(
  client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
  options: LinkOptions = {},
): Transport & AsyncDisposable {
  return adapterTransport(clientSourceOf(client), options);
}

function clientSourceOf(
  client: NodeRedisClient | NodeRedisCluster | NodeRedisSentinel,
): ClientSource {
  client = Object(client); // a value that is no object has no properties
  if ("nodeClient" in client) return cluster(client);
  if ("getMasterNode" in client) return sentinel(client);
  if ("duplicate" in client) return single(client);
  throw new TypeError(
    "Cannot use client as it must be a client, a cluster or a sentinel of npm:redis",
  );
}

function single(client: NodeRedisClient): ClientSource {
  return {
    name: `node-redis at ${addressOf(client)}`,
    duplicate: (events, connectTimeout) =>
      nodeRedisDuplicate(client, events, { connectTimeout }),
    onClosed: (callback) => listen(client, "end", callback),
  };
}

function cluster(client: NodeRedisCluster): ClientSource {
  const pick = masterPicker();
  return {
    name: "node-redis in a cluster",
    mode: "cluster",
    async duplicate(events, connectTimeout) {
      const master = pick(client.masters);
      const node = master.client ?? await client.nodeClient(master);
      return nodeRedisDuplicate(node, events, { connectTimeout });
    },
    onClosed: (callback) => listen(client, "disconnect", callback),
  };
}

function sentinel(client: NodeRedisSentinel): ClientSource {
  let pattern: NodeRedisClient | undefined;
  return {
    name: "node-redis behind sentinels",
    async duplicate(events, connectTimeout) {
      const master = client.getMasterNode();
      // Without a master, `_execute` would wait for one without end.
      if (master === undefined) throw new Error("it knows no master now");
      pattern ??= await client._execute(
        false,
        (node) => Promise.resolve(node),
      );
      return nodeRedisDuplicate(pattern, events, {
        ...master,
        connectTimeout,
      });
    },
    // A sentinel does not report that it is closed.
    onClosed: () => () => {},
  };
}

function listen(
  client: NodeRedisClient | NodeRedisCluster,
  event: string,
  listener: () => void,
): () => void {
  client.on(event, listener);
  return () => client.off(event, listener);
}

function addressOf({ options }: NodeRedisClient): string {
  const socket: NodeRedisSocket = options?.socket ?? {};
  const { path, host = "localhost", port = 6379 } = socket;
  return path ?? `${host}:${port}`;
}
