/**
 * Servers that fail over: a master behind three sentinels, and a cluster of three
 * masters with a replica each.
 *
 * @module
 */
import {
  RESPONSE_CHANNEL,
  SIGNAL_CHANNEL,
} from "../../src/protocol/channels.ts";
import { RedisCluster } from "../support/redis_cluster.ts";
import { RedisSentinel } from "../support/redis_sentinel.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { delay } from "../../src/internal/timer.ts";
import { until } from "../support/wait.ts";

/** The way in which a server stops being the one to use. */
export type Way = "kill -9" | "command" | "freeze" | "reshard";

/** The ways of every world. */
const WAYS: readonly Way[] = ["kill -9", "command", "freeze"];

/** Servers that fail over. */
export interface World extends AsyncDisposable {
  /** The URL for the module's own client. */
  readonly url: string;
  /** The same with one address each. */
  readonly urls: readonly string[];
  /** The ways in which its servers fail over. */
  readonly ways: readonly Way[];
  /** Fails over; resolves when another server is the master. */
  failOver(way: Way): Promise<void>;
  /** Brings the server back that was the master; resolves when it is a replica. */
  heal(): Promise<void>;
}

/** Sentinels that a busy machine has kept waiting do nothing for 30 s ("tilt"). */
const PATIENCE = { timeout: 120_000 };

/**
 * Milliseconds for which a node keeps the votes of its election: if its master
 * fails sooner, Redis 7.0 promotes it by these and takes that back.
 */
const ELECTION = 4_500;

/** Starts three sentinels with a master and two replicas. */
export async function sentinelWorld(): Promise<World> {
  const world = await RedisSentinel.start({ sentinels: 3, replicas: 2 });
  let old: RedisServer | undefined;
  const isReplica = async (server: RedisServer) => {
    const [role, , , state] = (await server.cli("ROLE")).split("\n");
    return role === "slave" && state === "connected";
  };
  const at = (ports: readonly number[]) =>
    `redis+sentinel://${
      ports.map((port) => `127.0.0.1:${port}`).join()
    }/${world.name}`;
  return {
    url: at(world.ports),
    urls: world.ports.map((port) => at([port])),
    ways: WAYS,
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
  /** The home node, if all nodes agree: a failover while they do not may be taken back. */
  const home = async () => {
    const ports = await Promise.all(
      world.nodes.map(async (node) =>
        homePort(await node.cli("CLUSTER", "NODES"))
      ),
    );
    if (new Set(ports).size > 1) return undefined;
    return world.nodes.find(({ port }) => port === ports[0]);
  };
  /** Whether no client is left at another node: a home node that moves back would find it there. */
  const followed = async () => {
    const nodes = await Promise.all(world.nodes.map(async (node) => {
      const counts = await node.cli("PUBSUB", "NUMSUB", ...CHANNELS)
        .catch(() => "");
      const slots = await node.cli("CLUSTER", "NODES").catch(() => "");
      return { used: /\n[1-9]/.test(counts), home: homePort(slots), node };
    }));
    return nodes.every(({ used, home, node }) => !used || home === node.port);
  };
  let old: RedisServer | undefined;
  let promotedAt = -Infinity;
  /** Moves the slot of the signal channel to another master. */
  const reshard = async () => {
    const from = await until(home, { what: "the home node", ...PATIENCE });
    const roles = await Promise.all(world.nodes.map(live));
    const to = world.nodes.find((node, n) =>
      node !== from && roles[n]!.startsWith("master")
    )!;
    const [source, target] = await Promise.all(
      [from, to].map((node) => node.cli("CLUSTER", "MYID")),
    );
    const slot = (node: RedisServer, ...args: string[]) =>
      node.cli("CLUSTER", "SETSLOT", String(HOME_SLOT), ...args);
    await slot(to, "IMPORTING", source!);
    await slot(from, "MIGRATING", target!);
    await slot(to, "NODE", target!);
    for (const [n, node] of world.nodes.entries()) {
      if (node === to || !roles[n]!.startsWith("master")) continue;
      await slot(node, "NODE", target!);
    }
  };
  const addresses = world.nodes.map(({ port }) => `127.0.0.1:${port}`);
  return {
    url: `redis+cluster://${addresses.join()}`,
    urls: addresses.map((address) => `redis+cluster://${address}`),
    ways: [...WAYS, "reshard"],
    async failOver(way) {
      if (way === "reshard") {
        old = undefined;
        return await reshard();
      }
      const { master, replica } = await until(async () => {
        const master = await home();
        if (master === undefined) return undefined;
        const id = await master.cli("CLUSTER", "MYID");
        for (const replica of world.nodes) {
          const nodes = await replica.cli("CLUSTER", "NODES").catch(() => "");
          if (nodes.includes(`myself,slave ${id}`)) return { master, replica };
        }
      }, { what: "a replica of the home node", ...PATIENCE });
      await delay(Math.max(0, promotedAt + ELECTION - performance.now()));
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
      promotedAt = performance.now();
    },
    async heal() {
      if (old !== undefined) await bringBack(old);
      await until(followed, { what: "clients to follow", ...PATIENCE });
      if (old === undefined) return;
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
const CHANNELS = [SIGNAL_CHANNEL, RESPONSE_CHANNEL];

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
