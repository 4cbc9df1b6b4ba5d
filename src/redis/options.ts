/**
 * What a caller can say about a Redis server. Types only.
 *
 * @module
 */

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
export interface RedisOptions {
  /**
   * `redis://[user:password@]host:port/db`, `rediss://…` for TLS, or
   * `redis+unix:///path/to/socket`. The fields below go before its parts.
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
  /**
   * Milliseconds in all to get connected, tries repeated with backoff.
   * `Infinity`: for ever; `0`: one try.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * Milliseconds for one try, from dialling to the server's greeting.
   *
   * @default {5_000}
   */
  handshakeTimeout?: number;
  /**
   * Milliseconds without any reply while commands wait before the link is given up.
   *
   * @default {10_000}
   */
  commandTimeout?: number;
  /**
   * Milliseconds from one question to the server to the next: for its role on
   * the link for commands, PING on the one for subscriptions. The first may
   * come earlier, as all links of a process with the same interval and timeout
   * are asked together.
   *
   * @default {15_000}
   */
  pingInterval?: number;
  /**
   * Milliseconds for the answer: a link that is dead is noticed this long after
   * the next question.
   *
   * @default {5_000}
   */
  pingTimeout?: number;
  /**
   * Milliseconds to go on reconnecting after a link was lost.
   *
   * @default {Infinity}
   */
  reconnectTimeout?: number;
  /**
   * Milliseconds around which the first wait before another try lies; it doubles.
   *
   * @default {50}
   */
  minBackoff?: number;
  /**
   * Milliseconds that no wait before another try exceeds.
   *
   * @default {2_000}
   */
  maxBackoff?: number;
  /**
   * Bytes of the longest message, both ways. A longer one that comes in is
   * reported and passed over; a longer one that goes out is refused.
   *
   * @default {67_108_864}
   */
  maxPayload?: number;
  /** Ends the attempt to connect. */
  signal?: AbortSignal | undefined;
}
