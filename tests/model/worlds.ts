/**
 * The servers of an episode: what peers connect to, and what can happen to it.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Broker } from "../../src/broker/mod.ts";
import { freePort } from "../support/free_port.ts";
import { RedisCluster } from "../support/redis_cluster.ts";
import { RedisServer } from "../support/redis_server.ts";
import { until } from "../support/wait.ts";
import type { Random } from "../support/random.ts";

/** Every kind of world; those without a real Redis stand first. */
export const WORLDS = [
  /** The embedded broker. */
  "broker",
  /** One Redis. */
  "redis",
  /** A master and its replica behind one address. */
  "spread",
  /** A master and a replica that change roles; peers know the first. */
  "swap",
  /** Two nodes of a cluster behind one address. */
  "cluster",
] as const;

export type WorldKind = typeof WORLDS[number];

/** Something that goes wrong, and has gone right again when it settles. */
export type Fault = (random: Random) => Promise<unknown>;

/** The servers; disposing of them ends them. */
export interface World extends AsyncDisposable {
  /** The server that peers connect to. */
  readonly port: number;
  /** Where a new connection leads, where one address stands for several servers. */
  readonly route?: () => number;
  /** What can happen to the servers; every process is concerned. */
  readonly faults: Readonly<Record<string, Fault>>;
}

/** Starts the servers of a world. */
export function openWorld(kind: WorldKind): Promise<World> {
  return OPENERS[kind]();
}

const OPENERS: Readonly<Record<WorldKind, () => Promise<World>>> = {
  broker: () => {
    const port = freePort();
    let broker = Broker.listen({ port });
    return Promise.resolve({
      port,
      faults: {
        "server restart": async (random) => {
          await broker.close();
          await sleep(random.int(0, 500));
          broker = await persistently(() => Broker.listen({ port }));
        },
      },
      [Symbol.asyncDispose]: () => broker.close(),
    });
  },
  redis: async () => {
    const server = await RedisServer.start();
    return { ...single(server), faults: faultsOf(server) };
  },
  spread: async () => {
    const [master, replica] = await pair();
    return {
      ...together(master, replica),
      route: alternately(master, replica),
      faults: {
        ...faultsOf(master, "master"),
        ...faultsOf(replica, "replica"),
      },
    };
  },
  swap: async () => {
    const [first, second] = await pair();
    return {
      ...together(first, second),
      faults: {
        ...faultsOf(first, "first"),
        "role change": async (random) => {
          await swap(first, second);
          await sleep(random.int(200, 2_000));
          await swap(second, first);
        },
      },
    };
  },
  cluster: async () => {
    const cluster = await RedisCluster.startMasters(2);
    const [first, second] = cluster.nodes as [RedisServer, RedisServer];
    return {
      port: first.port,
      route: alternately(first, second),
      faults: { ...faultsOf(first, "first"), ...faultsOf(second, "second") },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  },
};

function single(server: RedisServer): Omit<World, "faults"> {
  return {
    port: server.port,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

function together(
  first: RedisServer,
  second: RedisServer,
): Omit<World, "faults"> {
  return {
    port: first.port,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

async function pair(): Promise<[RedisServer, RedisServer]> {
  const master = await RedisServer.start();
  const replica = await RedisServer.start({ replicaOf: master });
  await follows(replica);
  return [master, replica];
}

async function follows(replica: RedisServer): Promise<void> {
  await until(
    async () =>
      (await replica.cli("INFO", "replication"))
        .includes("master_link_status:up"),
    { what: "a replica to follow its master", timeout: 30_000 },
  );
}

async function swap(master: RedisServer, replica: RedisServer): Promise<void> {
  await replica.cli("REPLICAOF", "NO", "ONE");
  await master.cli("REPLICAOF", replica.hostname, String(replica.port));
  await follows(master);
}

function alternately(first: RedisServer, second: RedisServer): () => number {
  let count = 0;
  return () => (count++ % 2 === 0 ? first : second).port;
}

/** What happens to, and at, one server. */
function faultsOf(
  server: RedisServer,
  name = "server",
): Readonly<Record<string, Fault>> {
  return {
    [`${name} restart`]: async (random) => {
      await server.kill();
      await sleep(random.int(0, 500));
      await persistently(() => server.restart());
    },
    [`${name} SIGSTOP`]: async (random) => {
      server.suspend();
      await sleep(random.int(50, 1_500));
      server.resume();
    },
    [`${name} CLIENT KILL`]: (random) =>
      server.cli("CLIENT", "KILL", "TYPE", random.pick(["pubsub", "normal"])),
  };
}

/** Repeats what needs a port that may be taken for a moment. */
async function persistently<T>(act: () => T | Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await act();
    } catch (error) {
      const isTaken = error instanceof Deno.errors.AddrInUse;
      if (!isTaken || attempt === 20) throw error;
      await sleep(100);
    }
  }
}
