/**
 * Every place where exporters and responders can meet: in one process, on the
 * embedded broker, and on real Redis servers of all sorts.
 *
 * @module
 */

import { Broker } from "../../src/broker/mod.ts";
import type { ConnectOptions } from "../../src/connect_options.ts";
import type { RedisOptions } from "../../src/redis/mod.ts";
import { MemoryTransport } from "../../src/transport/memory.ts";
import { ADAPTER_CLIENTS, type AdapterClient } from "./adapter_clients.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { MADE_CLIENTS, needsDenoRedis, PAIR_OF_CLIENTS } from "./deno_redis.ts";
import { DEFAULT_USER_OFF, leastPrivilegeUser } from "./redis_acl.ts";
import { needsRedis } from "./redis_binary.ts";
import { RedisServer, type RedisServerOptions } from "./redis_server.ts";

/** An open place; disposing of it closes it. */
export interface OpenPlace extends AsyncDisposable {
  /** The option `redis` with which peers reach the place. */
  readonly redis: NonNullable<ConnectOptions["redis"]>;
  /** Whether the place allows channels beside the two that Python peers know. */
  readonly namespaces: boolean;
}

/** A kind of place. */
export interface Place {
  /** The end of a test's name. */
  readonly name: string;
  /** Whether a need of the place is missing on this machine. */
  readonly ignore: boolean;
  /** Opens a place. */
  open(): Promise<OpenPlace>;
}

/** All kinds of places. */
export function places(): Place[] {
  return [
    {
      name: "in memory",
      ignore: false,
      open: () => {
        const redis = new MemoryTransport();
        return Promise.resolve({
          redis,
          namespaces: true,
          [Symbol.asyncDispose]: () => redis.close(),
        });
      },
    },
    broker(2),
    broker(3),
    server("by RESP2", { protocol: 2 }),
    server("by RESP3", { protocol: 3 }),
    server("by a unix socket", { reach: unixSocket }),
    server("with a password", { server: { password: "open: sesame/?" } }),
    server("as a user of least privilege", {
      server: {
        acl: [DEFAULT_USER_OFF, leastPrivilegeUser("signals", "sesame")],
      },
      reach: ({ port }) => ({
        hostname: "127.0.0.1",
        port,
        username: "signals",
        password: "sesame",
      }),
      namespaces: false,
    }),
    tlsServer("by TLS", { clientCertificates: false }),
    tlsServer("by TLS with a client certificate", {
      clientCertificates: true,
    }),
    ...ADAPTER_CLIENTS.map(adapter),
    ...[MADE_CLIENTS, PAIR_OF_CLIENTS].map(denoRedisAdapter),
  ];
}

interface ServerPlace {
  server?: RedisServerOptions;
  reach?: (server: RedisServer) => RedisOptions | Promise<RedisOptions>;
  protocol?: 2 | 3;
  namespaces?: boolean;
}

function server(
  how: string,
  {
    server: options = {},
    reach = ({ url }) => ({ url }),
    protocol = 3,
    namespaces = true,
  }: ServerPlace,
): Place {
  const name = `on Redis ${how}`;
  return {
    name,
    ignore: needsRedis(`The main job ${name} is`).ignore,
    async open() {
      const server = await RedisServer.start(options);
      return {
        redis: { ...await reach(server), protocol },
        namespaces,
        [Symbol.asyncDispose]: () => server.stop(),
      };
    },
  };
}

function tlsServer(
  how: string,
  { clientCertificates }: { clientCertificates: boolean },
): Place {
  const place = server(how, {
    server: { tls: { clientCertificates } },
    reach: async ({ url }) => {
      const { authority, client } = await certificates();
      const { cert, key } = client;
      return {
        url,
        tls: {
          caCerts: [authority.cert],
          ...(clientCertificates ? { cert, key } : {}),
        },
      };
    },
  });
  const { ignore } = needsOpenssl(`The main job ${place.name} is`);
  return { ...place, ignore: place.ignore || ignore };
}

function adapter({ name: client, create }: AdapterClient): Place {
  const name = `on Redis through ${client}`;
  return {
    name,
    ignore: needsRedis(`The main job ${name} is`).ignore,
    async open() {
      const open = new AsyncDisposableStack();
      const { url } = open.use(await RedisServer.start());
      return {
        // One transport for each peer, because a server counts connections.
        get redis() {
          return open.use(open.use(create(url)).transport());
        },
        namespaces: true,
        [Symbol.asyncDispose]: () => open.disposeAsync(),
      };
    },
  };
}

function denoRedisAdapter(client: AdapterClient): Place {
  const place = adapter(client);
  const { ignore } = needsDenoRedis(`The main job ${place.name} is`);
  return { ...place, ignore: place.ignore || ignore };
}

function broker(protocol: 2 | 3): Place {
  return {
    name: `on the embedded broker by RESP${protocol}`,
    ignore: false,
    open: () => {
      const broker = Broker.listen();
      return Promise.resolve({
        redis: { url: broker.url, protocol },
        namespaces: true,
        [Symbol.asyncDispose]: () => broker.close(),
      });
    },
  };
}

function unixSocket({ unixSocket }: RedisServer): RedisOptions {
  return { url: `redis+unix://${unixSocket}` };
}
