/**
 * From a URL or an options object to complete settings.
 *
 * @module
 */
import { checkSpan, checkWhole } from "../internal/check.ts";

/** TLS of a `rediss://` connection. Verification is never switched off. */
export interface RedisTlsOptions {
  /** Certificate authorities in PEM, trusted beside the system's own. */
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
   * Milliseconds of silence before a PING.
   *
   * @default {15_000}
   */
  pingInterval?: number;
  /**
   * Milliseconds for the answer to that PING.
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

/** Where to dial. */
export type Endpoint =
  | { transport: "unix"; path: string }
  | {
    transport: "tcp";
    hostname: string;
    port: number;
    tls: RedisTlsOptions | undefined;
  };

/** Complete, checked settings. Holds credentials: never to be logged or thrown. */
export interface Settings {
  readonly endpoint: Endpoint;
  /** The endpoint as a URL without credentials, for errors and logs. */
  readonly name: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly clientName: string | undefined;
  readonly protocol: 2 | 3;
  readonly connectTimeout: number;
  readonly handshakeTimeout: number;
  readonly commandTimeout: number;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly reconnectTimeout: number;
  readonly minBackoff: number;
  readonly maxBackoff: number;
  readonly maxPayload: number;
}

/**
 * Completes and checks options.
 *
 * @param options The options, or a URL alone.
 * @returns The settings.
 * @throws {TypeError | RangeError} If an option can't be used; it is named, and
 * never quoted where it may hold a credential.
 */
export function resolveOptions(options: RedisOptions | string | URL): Settings {
  const given: RedisOptions =
    typeof options === "string" || options instanceof URL
      ? { url: options }
      : options;
  const parts: RedisOptions = given.url === undefined
    ? {}
    : parseUrl(given.url);
  const merged: RedisOptions = { ...parts, ...withoutUndefined(given) };
  const endpoint = endpointOf(merged, parts);
  const span = (
    name: keyof RedisOptions & `${string}${"Timeout" | "Interval" | "Backoff"}`,
    otherwise: number,
  ) => checkSpan(merged[name] as number ?? otherwise, name);
  return {
    endpoint,
    name: nameOf(endpoint),
    username: merged.username,
    password: merged.password,
    db: checkWhole(merged.db ?? 0, "db", 0, 2 ** 31),
    clientName: checkClientName(merged.clientName),
    protocol: checkProtocol(merged.protocol ?? 3),
    connectTimeout: span("connectTimeout", 20_000),
    handshakeTimeout: span("handshakeTimeout", 5_000),
    commandTimeout: span("commandTimeout", 10_000),
    pingInterval: span("pingInterval", 15_000),
    pingTimeout: span("pingTimeout", 5_000),
    reconnectTimeout: span("reconnectTimeout", Infinity),
    minBackoff: span("minBackoff", 50),
    maxBackoff: span("maxBackoff", 2_000),
    maxPayload: checkWhole(
      merged.maxPayload ?? 64 * 1024 * 1024,
      "maxPayload",
      1,
      512 * 1024 * 1024,
    ),
  };
}

function parseUrl(input: string | URL): RedisOptions {
  let url: URL;
  try {
    url = new URL(input);
  } catch {
    // The text is not quoted: it may hold a password.
    throw new TypeError(
      "Cannot parse the Redis URL: it must look like redis://[user:password@]host:port/db",
    );
  }
  const credentials = withoutUndefined({
    username: decode(url.username, "user name"),
    password: decode(url.password, "password"),
  });
  switch (url.protocol) {
    case "redis+unix:": {
      if (url.hostname) {
        throw new TypeError(
          "Cannot use the Redis URL as redis+unix:// must be followed by an absolute path",
        );
      }
      const db = url.searchParams.get("db");
      return {
        ...credentials,
        path: decode(url.pathname, "path")!,
        ...(db === null ? {} : { db: Number(db) }),
      };
    }
    case "redis:":
    case "rediss:": {
      const db = url.pathname.replace(/^\//, "");
      return {
        ...credentials,
        hostname:
          decode(url.hostname, "host name")?.replace(/^\[(.*)\]$/, "$1") ??
            "localhost",
        port: url.port === "" ? 6379 : Number(url.port),
        ...(db === "" ? {} : { db: Number(db) }),
        ...(url.protocol === "rediss:" ? { tls: true } : {}),
      };
    }
  }
  throw new TypeError(
    `Cannot use the Redis URL as its scheme must be redis, rediss or redis+unix: current value is ${
      JSON.stringify(url.protocol.slice(0, -1))
    }`,
  );
}

function endpointOf(merged: RedisOptions, fromUrl: RedisOptions): Endpoint {
  const { path, tls } = merged;
  if (path !== undefined) return { transport: "unix", path };
  if (fromUrl.tls && tls === false) {
    throw new TypeError(
      "Cannot switch tls off as the Redis URL says rediss://",
    );
  }
  const tlsOptions = typeof tls === "object" ? tls : tls ? {} : undefined;
  if ((tlsOptions?.cert === undefined) !== (tlsOptions?.key === undefined)) {
    throw new TypeError(
      "Cannot use tls.cert without tls.key, nor tls.key without tls.cert",
    );
  }
  return {
    transport: "tcp",
    hostname: merged.hostname ?? "localhost",
    port: checkWhole(merged.port ?? 6379, "port", 1, 65_535),
    tls: tlsOptions,
  };
}

function nameOf(endpoint: Endpoint): string {
  if (endpoint.transport === "unix") return `redis+unix://${endpoint.path}`;
  const { hostname, port, tls } = endpoint;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${tls ? "rediss" : "redis"}://${host}:${port}`;
}

function decode(text: string, what: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      `Cannot read the ${what} in the Redis URL as its percent-encoding is broken`,
    );
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Present<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

function checkProtocol(value: 2 | 3): 2 | 3 {
  if (value !== 2 && value !== 3) {
    throw new RangeError(
      `Cannot use protocol as it must be 2 or 3: current value is ${
        String(value)
      }`,
    );
  }
  return value;
}

function checkClientName(value: string | undefined): string | undefined {
  // The server's own rule: printable characters without spaces.
  if (value !== undefined && !/^[!-~]+$/.test(value)) {
    throw new TypeError(
      `Cannot use clientName as it must be printable ASCII without spaces: current value is ${
        JSON.stringify(value)
      }`,
    );
  }
  return value;
}
