/**
 * A Redis Cluster on loopback: three masters and a replica of each, or a few
 * masters alone.
 *
 * @module
 */

import { freePort } from "./free_port.ts";
import { RedisServer } from "./redis_server.ts";
import { until } from "./wait.ts";

/** The number of masters of a cluster with replicas. */
const MASTERS = 3;
const SLOTS = 16_384;
/** Milliseconds after which a silent node counts as dead. */
const NODE_TIMEOUT = 1_000;

/** A running cluster; disposing of it kills its servers. */
export class RedisCluster implements AsyncDisposable {
  /** All nodes of the cluster. */
  readonly nodes: readonly RedisServer[];
  readonly #servers: AsyncDisposableStack;

  /** Starts a cluster and waits until all of its nodes report that it works. */
  static async start(): Promise<RedisCluster> {
    await using servers = new AsyncDisposableStack();
    const nodes = await startNodes(2 * MASTERS, MASTERS, servers);
    for (let index = 0; index < MASTERS; index++) {
      const id = await nodes[index]!.cli("CLUSTER", "MYID");
      const replica = nodes[MASTERS + index]!;
      await replica.cli("CLUSTER", "REPLICATE", id);
      await following(replica);
    }
    for (const node of nodes) await formed(node, nodes.length);
    return new RedisCluster(nodes, servers.move());
  }

  /** Starts `count` masters without replicas, which takes less time. */
  static async startMasters(count: number): Promise<RedisCluster> {
    await using servers = new AsyncDisposableStack();
    const nodes = await startNodes(count, count, servers);
    return new RedisCluster(nodes, servers.move());
  }

  private constructor(
    nodes: readonly RedisServer[],
    servers: AsyncDisposableStack,
  ) {
    this.nodes = nodes;
    this.#servers = servers;
  }

  /** The node that has a subscriber of a channel. */
  async nodeOf(channel: string): Promise<RedisServer> {
    for (const node of this.nodes) {
      const reply = await node.cli("PUBSUB", "NUMSUB", channel);
      if (!reply.endsWith("\n0")) return node;
    }
    throw new Error(`There is no subscriber of "${channel}"`);
  }

  /** Kills a master and waits until its replica has taken its place. */
  async failOver(master: RedisServer): Promise<void> {
    const index = (this.nodes.indexOf(master) + MASTERS) % this.nodes.length;
    const replica = this.nodes[index]!;
    await master.kill();
    await until(
      async () => (await replica.cli("ROLE")).startsWith("master"),
      { what: "the replica to be promoted", timeout: 20_000 },
    );
  }

  /** Restarts a node that was killed, as a replica. */
  async rejoin(node: RedisServer): Promise<void> {
    await node.restart();
    await following(node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.disposeAsync();
  }
}

/** Starts nodes that know each other; the first `masters` nodes have the slots. */
async function startNodes(
  count: number,
  masters: number,
  servers: AsyncDisposableStack,
): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  for (let index = 0; index < count; index++) {
    const busPort = freePort();
    const node = servers.use(await startNode(busPort));
    await nodes[0]?.cli(
      ...["CLUSTER", "MEET", node.hostname, String(node.port)],
      String(busPort),
    );
    nodes.push(node);
  }
  for (let index = 0; index < masters; index++) {
    await nodes[index]!.cli(
      ...["CLUSTER", "ADDSLOTSRANGE"],
      String(Math.floor(SLOTS * index / masters)),
      String(Math.floor(SLOTS * (index + 1) / masters) - 1),
    );
  }
  for (const node of nodes) await formed(node, nodes.length);
  return nodes;
}

async function startNode(busPort: number): Promise<RedisServer> {
  return await RedisServer.start({
    args: [
      ...["--cluster-enabled", "yes", "--cluster-port", String(busPort)],
      ...["--cluster-node-timeout", String(NODE_TIMEOUT)],
    ],
  });
}

/** Waits until a node considers the cluster whole, and has a link to every other node. */
async function formed(node: RedisServer, nodes: number): Promise<void> {
  await until(async () => {
    const info = await node.cli("CLUSTER", "INFO");
    if (!info.includes("cluster_state:ok")) return false;
    // A node in the handshake or without a link gets no messages.
    const known = (await node.cli("CLUSTER", "NODES")).trim().split("\n");
    return known.length === nodes && known.every((line) => {
      const fields = line.split(" ");
      return fields[7] === "connected" &&
        !/\b(handshake|noaddr|fail)\b/.test(fields[2]!);
    });
  }, { what: "the cluster to form", timeout: 30_000 });
}

async function following(replica: RedisServer): Promise<void> {
  await until(
    async () =>
      (await replica.cli("INFO", "replication"))
        .includes("master_link_status:up"),
    { what: "a replica to follow its master", timeout: 30_000 },
  );
}
