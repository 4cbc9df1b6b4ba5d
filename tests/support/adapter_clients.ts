/**
 * The npm clients whose adapters are tested, created like by their users.
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

/** A client of a user; disposing of it closes it. */
export interface SomeClient extends AsyncDisposable {
  /** Makes a transport over the client. */
  transport(options?: LinkOptions): Transport & AsyncDisposable;
  /** Connects the client itself, which transports do not need. */
  connect(): Promise<unknown>;
  /** Checks whether the client still works. */
  ping(): Promise<unknown>;
}

/** A kind of client with an adapter. */
export interface AdapterClient {
  /** The name of the client in tests. */
  readonly name: string;
  /**
   * The number of connections of a transport that only subscribes.
   *
   * @default {1}
   */
  readonly connections?: number;
  /** The ACL rules that the client needs besides the channels, such as `&private:*`. */
  readonly acl?: string;
  /**
   * Whether a lost link comes back on a server with a password.
   *
   * @default {true}
   */
  readonly relogs?: boolean;
  /** Makes a client for the server of a URL. */
  create(url: string): SomeClient;
}

/** Both major versions of each client, with both protocols. */
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

/** The part of a client of npm:redis that the tests use. */
interface NodeRedis extends NodeRedisClient {
  readonly isOpen: boolean;
  ping(): Promise<unknown>;
}

/** The part of a client of npm:ioredis that the tests use. */
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

/** Disconnects a client and waits until its socket is closed, which `disconnect` does not. */
export async function disconnect(
  client: Pick<IoredisClient, "status" | "on" | "disconnect">,
): Promise<void> {
  if (client.status === "end") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.on("end", () => resolve());
  client.disconnect();
  await promise;
}
