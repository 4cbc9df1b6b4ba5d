/**
 * The npm clients whose adapters are tested, as their users would make them.
 *
 * @module
 */

import { Redis } from "ioredis";
import { createClient } from "redis";
import { fromIoredis, type LinkOptions } from "../../src/adapters/ioredis.ts";
import { fromNodeRedis } from "../../src/adapters/node_redis.ts";
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

/** All of them. */
export const ADAPTER_CLIENTS: readonly AdapterClient[] = [
  { name: "node-redis by RESP2", create: (url) => nodeRedis(url, 2) },
  { name: "node-redis by RESP3", create: (url) => nodeRedis(url, 3) },
  { name: "ioredis", create: ioredis },
];

function nodeRedis(url: string, RESP: 2 | 3): SomeClient {
  const client = createClient({ url, RESP });
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

function ioredis(url: string): SomeClient {
  const client = new Redis(url, { lazyConnect: true });
  client.on("error", () => {});
  return {
    transport: (options) => fromIoredis(client, options),
    connect: () => client.connect(),
    ping: () => client.ping(),
    [Symbol.asyncDispose]: () => disconnect(client),
  };
}

/** Resolves when the socket is closed, which `disconnect` does not wait for. */
export async function disconnect(client: Redis): Promise<void> {
  if (client.status === "end") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.once("end", resolve);
  client.disconnect();
  await promise;
}
