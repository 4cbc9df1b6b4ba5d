/**
 * From a URL or an options object to complete settings.
 *
 * @module
 */
import { checkSpan, checkWhole } from "../internal/check.ts";
import type { RedisOptions, RedisTlsOptions } from "./options.ts";
import { parseUrl } from "./url.ts";

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
    username: checkCredential(merged.username, "username"),
    password: checkCredential(merged.password, "password"),
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
      1_024, // the protocol's own words and the names of channels must pass
      512 * 1024 * 1024,
    ),
  };
}

function endpointOf(merged: RedisOptions, fromUrl: RedisOptions): Endpoint {
  const { path, tls } = merged;
  if (path !== undefined) {
    if (tls) throw new TypeError("Cannot use tls with the path of a socket");
    return { transport: "unix", path };
  }
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

/** An endpoint as a URL, for errors and logs. */
export function nameOf(endpoint: Endpoint): string {
  if (endpoint.transport === "unix") return `redis+unix://${endpoint.path}`;
  const { hostname, port, tls } = endpoint;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${tls ? "rediss" : "redis"}://${host}:${port}`;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Present<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

/** The value is not quoted: it may be one, in the wrong wrapping. */
function checkCredential(
  value: string | undefined,
  name: string,
): string | undefined {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`Cannot use ${name} as it must be a string`);
  }
  return value;
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
