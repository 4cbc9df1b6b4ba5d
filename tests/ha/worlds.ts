/**
 * Servers that fail over: a master behind three sentinels, and a cluster of three
 * masters with a replica each.
 *
 * @module
 */
import { RedisCluster } from "../support/redis_cluster.ts";
import { RedisSentinel } from "../support/redis_sentinel.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";

/** The ways in which a master stops being one. */
export const WAYS = ["kill -9", "command", "freeze"] as const;

/** One of {@linkcode WAYS}. */
export type Way = typeof WAYS[number];

/** Servers that fail over. */
export interface World extends AsyncDisposable {
  /** The URL for the module's own client. */
  readonly url: string;
  /** Fails over; resolves when another server is the master. */
  failOver(way: Way): Promise<void>;
  /** Brings the server back that was the master; resolves when it is a replica. */
  heal(): Promise<void>;
}

/** Sentinels that a busy machine has kept waiting do nothing for 30 s ("tilt"). */
const PATIENCE = { timeout: 120_000 };

/** Starts three sentinels with a master and two replicas. */
export async function sentinelWorld(): Promise<World> {
  const world = await RedisSentinel.start({ sentinels: 3, replicas: 2 });
  let old: RedisServer | undefined;
  const isReplica = async (server: RedisServer) => {
    const [role, , , state] = (await server.cli("ROLE")).split("\n");
    return role === "slave" && state === "connected";
  };
  return {
    url: `redis+sentinel://${
      world.ports.map((port) => `127.0.0.1:${port}`).join()
    }/${world.name}`,
    async failOver(way) {
      const master = old = await world.currentMaster();
      if (way === "kill -9") await master.kill();
      else if (way === "freeze") master.suspend();
      else {
        await until(
          async () =>
            await world.ask("FAILOVER", world.name).catch(String) === "OK",
          { what: "the sentinels to begin", ...PATIENCE },
        );
      }
      await until(async () => {
        const current = await world.currentMaster();
        return current !== master &&
          (await current.cli("ROLE").catch(String)).startsWith("master");
      }, { what: "another master", ...PATIENCE });
    },
    async heal() {
      await bringBack(old!);
      const master = await world.currentMaster();
      await until(async () => {
        if (await isReplica(old!).catch(() => false)) return true;
        // The sentinels do it, too, but after ten seconds and more.
        await old!.cli("REPLICAOF", master.hostname, String(master.port))
          .catch(() => {});
        return false;
      }, { what: "the old master to follow", ...PATIENCE });
      await until(async () => {
        const replicas = await world.ask("REPLICAS", world.name);
        return replicas.match(/,flags,slave,/g)?.length === 2 &&
          replicas.match(/,master-link-status,ok,/g)?.length === 2;
      }, { what: "the sentinels to trust both replicas", ...PATIENCE });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Starts a cluster of three masters and three replicas. */
export async function clusterWorld(): Promise<World> {
  const world = await RedisCluster.start();
  const live = (server: RedisServer) => server.cli("ROLE").catch(() => "dead");
  const home = async () => {
    for (const node of world.nodes) {
      const port = homePort(await node.cli("CLUSTER", "NODES").catch(() => ""));
      const found = world.nodes.find((each) => each.port === port);
      if (found !== undefined) return found;
    }
    throw new Error("No node says which one is the home node");
  };
  let old: RedisServer | undefined;
  return {
    url: `redis+cluster://${
      world.nodes.map(({ port }) => `127.0.0.1:${port}`).join()
    }`,
    async failOver(way) {
      const { master, replica } = await until(async () => {
        // The nodes may need a moment to agree on the home node.
        const master = await home();
        const id = await master.cli("CLUSTER", "MYID");
        for (const replica of world.nodes) {
          const nodes = await replica.cli("CLUSTER", "NODES").catch(() => "");
          if (nodes.includes(`myself,slave ${id}`)) return { master, replica };
        }
      }, { what: "a replica of the home node", ...PATIENCE });
      old = master;
      if (way === "kill -9") await master.kill();
      else if (way === "freeze") master.suspend();
      let askedAt = -Infinity;
      await until(async () => {
        if ((await live(replica)).startsWith("master")) return true;
        // A manual failover is given up after five seconds.
        if (way === "command" && performance.now() - askedAt > 6_000) {
          askedAt = performance.now();
          await replica.cli("CLUSTER", "FAILOVER").catch(() => {});
        }
        return false;
      }, { what: `the replica to be promoted after ${way}`, ...PATIENCE });
    },
    async heal() {
      await bringBack(old!);
      await until(
        async () => (await live(old!)).split("\n")[3] === "connected",
        { what: "the old master to follow", ...PATIENCE },
      );
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Starts or thaws a server. */
async function bringBack(server: RedisServer): Promise<void> {
  server.resume();
  const isAlive = await server.cli("PING").catch(() => "") === "PONG";
  if (!isAlive) await server.restart();
}

/** The slot of the signal channel. */
const HOME_SLOT = 7113;

/** The port of the master that owns the slot, by a reply to CLUSTER NODES. */
function homePort(nodes: string): number | undefined {
  for (const line of nodes.split("\n")) {
    const [, address = "", flags = "", , , , , , ...slots] = line.split(" ");
    if (!flags.includes("master") || flags.includes("fail")) continue;
    const owns = slots.some((range) => {
      const [first, last = first] = range.split("-").map(Number);
      return first! <= HOME_SLOT && HOME_SLOT <= last!;
    });
    if (owns) return Number(/:(\d+)@/.exec(address)?.[1]);
  }
}
