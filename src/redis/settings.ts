/**
 * Turns a URL or an options object into complete settings.
 *
 * @module
 */
import {
  checkBoolean,
  checkFilled,
  checkOptions,
  checkSignal,
  checkText,
  checkTexts,
  checkWhole,
  mustBe,
  type Names,
} from "../internal/check.ts";
import {
  LINK_NAMES,
  type LinkSettings,
  resolveLinkOptions,
} from "../link/options.ts";
import type { RedisOptions, RedisTlsOptions } from "./options.ts";
import { parseHost, parseUrl } from "./url.ts";

/** An address to dial. */
export type Endpoint =
  | { transport: "unix"; path: string }
  | {
    transport: "tcp";
    hostname: string;
    port: number;
    tls: RedisTlsOptions | undefined;
  };

/** How a master is found by its sentinels. */
export interface SentinelSettings {
  readonly masterName: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** Complete, checked settings. They hold credentials, so they must not be logged or thrown. */
export interface Settings extends LinkSettings {
  /** The servers, one of which is the master; or the sentinels; or nodes of the cluster. */
  readonly endpoints: readonly Endpoint[];
  /** The endpoints as a URL without credentials, for errors and logs. */
  readonly name: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly clientName: string | undefined;
  readonly protocol: 2 | 3;
  /** Given where the endpoints are sentinels. */
  readonly sentinel: SentinelSettings | undefined;
  /** Whether the endpoints are nodes of a cluster. */
  readonly cluster: boolean;
}

/** The settings of a connection to one of the servers. */
export interface ServerSettings extends Settings {
  readonly endpoint: Endpoint;
}

/**
 * Completes and checks options.
 *
 * @param options The options, or a URL alone.
 * @returns The settings.
 * @throws {TypeError | RangeError} If an option can't be used. The error names
 * the option, and does not quote a value that may be a credential.
 */
export function resolveOptions(options: RedisOptions | string | URL): Settings {
  const given = optionsOf(options);
  checkSignal(given.signal);
  const parts = given.url === undefined ? {} : parseUrl(given.url);
  const merged: RedisOptions = { ...parts, ...withoutUndefined(given) };
  const endpoints = endpointsOf(merged, parts);
  return {
    ...resolveLinkOptions(merged),
    endpoints,
    name: schemeAndPath(nameOf(endpoints), merged),
    username: checkCredential(merged.username, "username"),
    password: checkCredential(merged.password, "password"),
    db: checkWhole(merged.db ?? 0, "db", 0, 2 ** 31),
    clientName: checkClientName(merged.clientName),
    protocol: checkProtocol(merged.protocol ?? 3),
    sentinel: sentinelOf(merged),
    cluster: checkBoolean(merged.cluster ?? false, "cluster"),
  };
}

/** Options, or a URL alone, as options. */
export function optionsOf(options: RedisOptions | string | URL): RedisOptions {
  if (typeof options === "string" || options instanceof URL) {
    return { url: options };
  }
  checkOptions(options, REDIS_NAMES, "Redis option");
  return options;
}

/** The settings of a connection to a sentinel. */
export function sentinelSettings(
  settings: Settings,
  endpoint: Endpoint,
): ServerSettings {
  const { username, password } = settings.sentinel!;
  return { ...serverSettings(settings, endpoint), username, password, db: 0 };
}

function sentinelOf(options: RedisOptions): SentinelSettings | undefined {
  const { sentinels, masterName, cluster } = options;
  if (sentinels === undefined) {
    if (masterName === undefined) return undefined;
    throw new TypeError("Cannot use masterName without sentinels");
  }
  if (typeof masterName !== "string" || masterName === "") {
    throw new TypeError(
      "Cannot use sentinels without masterName, the master's name at them",
    );
  }
  if (cluster) throw new TypeError("Cannot use sentinels with cluster");
  return {
    masterName,
    username: checkCredential(options.sentinelUsername, "sentinelUsername"),
    password: checkCredential(options.sentinelPassword, "sentinelPassword"),
  };
}

/** The name of the endpoints, with the way that leads from them to the server. */
function schemeAndPath(
  name: string,
  { sentinels, masterName, cluster }: RedisOptions,
): string {
  if (sentinels !== undefined) {
    return `${name.replace("://", "+sentinel://")}/${masterName}`;
  }
  return cluster ? name.replace("://", "+cluster://") : name;
}

const REDIS_NAMES: Names<RedisOptions> = {
  url: true,
  hostname: true,
  port: true,
  hosts: true,
  sentinels: true,
  masterName: true,
  sentinelUsername: true,
  sentinelPassword: true,
  cluster: true,
  path: true,
  username: true,
  password: true,
  db: true,
  tls: true,
  clientName: true,
  protocol: true,
  signal: true,
  ...LINK_NAMES,
};

const TLS_NAMES: Names<RedisTlsOptions> = {
  caCerts: true,
  cert: true,
  key: true,
};

/** The settings of a connection to one endpoint. */
export function serverSettings(
  settings: Settings,
  endpoint: Endpoint,
): ServerSettings {
  return { ...settings, endpoint, name: nameOf([endpoint]) };
}

function endpointsOf(
  merged: RedisOptions,
  fromUrl: RedisOptions,
): readonly Endpoint[] {
  const { path, tls } = merged;
  if (path !== undefined) {
    checkFilled(path, "path");
    if (tls) throw new TypeError("Cannot use tls with the path of a socket");
    return [{ transport: "unix", path }];
  }
  if (fromUrl.tls && tls === false) {
    throw new TypeError(
      "Cannot switch tls off as the Redis URL says rediss://",
    );
  }
  const tlsOptions = tlsOf(tls);
  return addressesOf(merged).map(({ hostname, port }) => ({
    transport: "tcp",
    hostname,
    port: checkWhole(port, "port", 1, 65_535),
    tls: tlsOptions,
  }));
}

/** The options of TLS; `undefined`: none. An error does not quote what may be a key. */
function tlsOf(tls: RedisOptions["tls"] = false): RedisTlsOptions | undefined {
  if (typeof tls === "boolean") return tls ? {} : undefined;
  if (typeof tls !== "object") {
    throw new TypeError("Cannot use tls as it must be a boolean or an object");
  }
  checkOptions(tls, TLS_NAMES, "TLS option");
  if (tls.caCerts !== undefined) checkTexts(tls.caCerts, "tls.caCerts");
  const cert = checkCredential(tls.cert, "tls.cert");
  const key = checkCredential(tls.key, "tls.key");
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      "Cannot use tls.cert without tls.key, nor tls.key without tls.cert",
    );
  }
  return tls;
}

function addressesOf(
  { hosts, sentinels, hostname = "localhost", port = 6379 }: RedisOptions,
): { hostname: string; port: number }[] {
  if (sentinels !== undefined) return readList(sentinels, "sentinels", 26379);
  if (hosts !== undefined) return readList(hosts, "hosts", 6379);
  checkFilled(hostname, "hostname");
  return [{ hostname, port }];
}

function readList(
  list: readonly string[],
  name: string,
  defaultPort: number,
): { hostname: string; port: number }[] {
  checkTexts(list, name);
  if (list.length === 0) {
    throw new RangeError(`Cannot use ${name} as there must be one at least`);
  }
  return list.map((host, n) => {
    const address = parseHost(host, defaultPort);
    if (address !== undefined) return address;
    throw new TypeError(
      `Cannot use ${name}[${n}] as it must be host:port: current value is ${
        JSON.stringify(host)
      }`,
    );
  });
}

/** Endpoints as one URL, for errors and logs. */
export function nameOf(endpoints: readonly Endpoint[]): string {
  const [first] = endpoints;
  if (first!.transport === "unix") return `redis+unix://${first!.path}`;
  const scheme = first!.tls === undefined ? "redis" : "rediss";
  return `${scheme}://${endpoints.map(addressOf).join()}`;
}

/** An endpoint in the form of Deno's permission flags. */
export function addressOf(endpoint: Endpoint): string {
  if (endpoint.transport === "unix") return endpoint.path;
  const { hostname, port } = endpoint;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function withoutUndefined(options: RedisOptions): RedisOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
}

/** The error does not quote the value, which may be a credential of the wrong type. */
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
    throw new RangeError(mustBe("protocol", "2 or 3", value));
  }
  return value;
}

function checkClientName(value: string | undefined): string | undefined {
  // The rule of the server.
  if (value === undefined) return value;
  checkText(value, "clientName");
  if (!/^[!-~]+$/.test(value)) {
    const what = "printable ASCII without spaces";
    throw new TypeError(mustBe("clientName", what, value));
  }
  return value;
}
