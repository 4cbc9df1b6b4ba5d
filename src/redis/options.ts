/**
 * The options of a connection to a Redis server. Types only.
 *
 * @module
 */

import type { LinkOptions } from "../link/options.ts";

/**
 * TLS of a `rediss://` connection. Certificates are always verified.
 *
 * @category Connection
 */
export interface RedisTlsOptions {
  /**
   * Certificate authorities in PEM, in addition to the system's own. With a
   * client certificate, they replace the system's own.
   */
  caCerts?: string[];
  /** Client certificate in PEM; needs `key`. */
  cert?: string;
  /** Private key of the client certificate, in PEM. */
  key?: string;
}

/**
 * Where a Redis server is, and how to connect to it.
 *
 * @category Connection
 * @example TLS with an authority of your own
 * ```ts
 * import type { RedisOptions } from "@dsa/state-signals/redis";
 *
 * const options: RedisOptions = {
 *   url: "rediss://user:secret@redis.example:6380",
 *   tls: { caCerts: ["-----BEGIN CERTIFICATE-----…"] },
 *   connectTimeout: 60_000,
 * };
 * ```
 */
export interface RedisOptions extends LinkOptions {
  /**
   * `redis://[user:password@]host:port/db`, `rediss://…` for TLS, or
   * `redis+unix://[user:password@]/path/to/socket`; behind sentinels
   * `redis+sentinel://[user:password@]host:port,host:port/MASTER`; of a cluster
   * `redis+cluster://[user:password@]host:port,host:port`; the latter two with TLS
   * as `rediss+sentinel` and `rediss+cluster`. Several hosts, as in
   * `redis://a:6379,b:6379`, are like `hosts`. The options below override parts
   * of the URL.
   */
  url?: string | URL;
  /**
   * Host name or address.
   *
   * @default {"localhost"}
   */
  hostname?: string;
  /**
   * Port.
   *
   * @default {6379}
   */
  port?: number;
  /**
   * Addresses (`host:port`) of a master and its replicas, in place of `hostname`
   * and `port`. The one that is the master is used. Credentials go only to these
   * servers.
   */
  hosts?: readonly string[];
  /**
   * Addresses (`host:port`) of sentinels that watch over the master, in place of
   * `hosts`. Credentials go to the servers that the sentinels name.
   */
  sentinels?: readonly string[];
  /** The master's name at the sentinels. */
  masterName?: string;
  /** ACL user at the sentinels; `default` if only a password is given. */
  sentinelUsername?: string;
  /** Password at the sentinels. */
  sentinelPassword?: string;
  /**
   * Whether the hosts are nodes of a cluster. Credentials go to the nodes that the
   * cluster names, and the node is used that owns the slot of the signal channel.
   *
   * @default {false}
   */
  cluster?: boolean;
  /** Path of a unix socket, in place of host and port. */
  path?: string;
  /** ACL user; `default` if only a password is given. */
  username?: string;
  /** Password of the user. */
  password?: string;
  /**
   * Database number. It has no effect on pub/sub.
   *
   * @default {0}
   */
  db?: number;
  /** Switches TLS on, with the system's certificate authorities or with your own. */
  tls?: boolean | RedisTlsOptions;
  /** The name of the connections in `CLIENT LIST`. */
  clientName?: string;
  /**
   * Version of the wire format. With 3, version 2 is used if the server has no 3.
   *
   * @default {3}
   */
  protocol?: 2 | 3;
  /** Ends the attempt to connect. */
  signal?: AbortSignal | undefined;
}
