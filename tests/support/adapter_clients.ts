/**
 * The npm clients whose adapters are tested, as their users would make them.
 *
 * @module
 */

import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { createClient } from "redis";
import { createClient as createClient5 } from "redis5";
import {
  fromIoredis,
  type IoredisClient,
  type LinkOptions,
} from "../../src/adapters/ioredis.ts";
import {
  fromNodeRedis,
  type NodeRedisClient,
} from "../../src/adapters/node_redis.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A client of somebody's; disposing of it closes it. */
export interface SomeClient extends AsyncDisposable {
  /** Makes a transport over it. */
  transport(options?: LinkOptions): Transport & AsyncDisposable;
  /** Connects the client itself, which transports do not need. */
  connect(): Promise<unknown>;
  /** Asks it whether it still works. */
  ping(): Promise<unknown>;
}

/** A client that an adapter is for. */
export interface AdapterClient {
  /** Names it in tests. */
  readonly name: string;
  /**
   * How many connections a transport makes that only subscribes.
   *
   * @default {1}
   */
  readonly connections?: number;
  /** What an ACL must allow it besides the channels, such as `&private:*`. */
  readonly acl?: string;
  /**
   * Whether a lost link comes back where there is a password.
   *
   * @default {true}
   */
  readonly relogs?: boolean;
  /** Makes one that reaches the server of a URL. */
  create(url: string): SomeClient;
}

/** Both majors of each, by both protocols. */
export const ADAPTER_CLIENTS: readonly AdapterClient[] = [
  {
    name: "node-redis 5 by RESP2",
    create: (url) => nodeRedis(createClient5({ url, RESP: 2 })),
  },
  {
    name: "node-redis 6 by RESP3",
    create: (url) => nodeRedis(createClient({ url, RESP: 3 })),
  },
  {
    name: "ioredis 5",
    create: (url) => ioredis(new Redis5(url, { lazyConnect: true })),
  },
  {
    name: "ioredis 6",
    create: (url) => ioredis(new Redis(url, { lazyConnect: true })),
  },
];

/** What the tests use of a client of npm:redis. */
interface NodeRedis extends NodeRedisClient {
  readonly isOpen: boolean;
  ping(): Promise<unknown>;
}

/** What the tests use of a client of npm:ioredis. */
interface Ioredis extends IoredisClient {
  ping(): Promise<unknown>;
}

function nodeRedis(client: NodeRedis): SomeClient {
  client.on("error", () => {});
  return {
    transport: (options) => fromNodeRedis(client, options),
    connect: () => client.connect(),
    ping: () => client.ping(),
    [Symbol.asyncDispose]: () => {
      if (client.isOpen) client.destroy();
      return Promise.resolve();
    },
  };
}

function ioredis(client: Ioredis): SomeClient {
  client.on("error", () => {});
  return {
    transport: (options) => fromIoredis(client, options),
    connect: () => client.connect(),
    ping: () => client.ping(),
    [Symbol.asyncDispose]: () => disconnect(client),
  };
}

/** Resolves when the socket is closed, which `disconnect` does not wait for. */
export async function disconnect(
  client: Pick<IoredisClient, "status" | "on" | "disconnect">,
): Promise<void> {
  if (client.status === "end") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.on("end", () => resolve());
  client.disconnect();
  await promise;
}
