/**
 * What a caller can say about a Redis server. Types only.
 *
 * @module
 */

import type { LinkOptions } from "../link/options.ts";

/** TLS of a `rediss://` connection. Verification is never switched off. */
export interface RedisTlsOptions {
  /**
   * Certificate authorities in PEM, trusted beside the system's own; in their
   * place where a client certificate is given.
   */
  caCerts?: string[];
  /** Client certificate in PEM; goes with `key`. */
  cert?: string;
  /** Private key in PEM of the client certificate. */
  key?: string;
}

/**
 * Where a Redis server is and how to talk to it.
 *
 * @example
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
   * `redis+unix://[user:password@]/path/to/socket`. Several hosts, as in
   * `redis://a:6379,b:6379`, are like `hosts`. The fields below go before its
   * parts.
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
   * and `port`: whichever is the master is used, and credentials go to these
   * servers only.
   */
  hosts?: readonly string[];
  /** Path of a unix socket, in place of host and port. */
  path?: string;
  /** ACL user; `default` where only a password is given. */
  username?: string;
  /** Password of the user. */
  password?: string;
  /**
   * Database number. It makes no difference to pub/sub.
   *
   * @default {0}
   */
  db?: number;
  /** Switches TLS on, with the system's certificate authorities or your own. */
  tls?: boolean | RedisTlsOptions;
  /** Name of the connections in `CLIENT LIST`. */
  clientName?: string;
  /** Redis wire version; 3 falls back to 2 where the server has no 3. @default {3} */
  protocol?: 2 | 3;
  /** Ends the attempt to connect. */
  signal?: AbortSignal | undefined;
}
