/**
 * Reads Redis URLs.
 *
 * Invariant: no error quotes a part of a URL that may be a credential.
 *
 * @module
 */
import type { RedisOptions } from "./options.ts";

/** Scheme, authority, path, query and fragment. */
const URL_FORM =
  /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?(\?[^#]*)?(#.*)?$/is;
const HOST_FORM = /^(\[[^\][]+\]|[^:\][\s]*)(?::(\d+))?$/;
/** What is a host for sure, so that the digits behind it are no password. */
const SURE_HOST = /^(\[.*\]|\d+(\.\d+){3}|localhost)$/i;

/**
 * Reads a Redis URL. The class `URL` can't read it, because it knows no list of
 * hosts, and no credentials before the path of a socket.
 *
 * @throws {TypeError} If the input is not a Redis URL.
 */
export function parseUrl(input: string | URL): RedisOptions {
  const text = String(input);
  const form = URL_FORM.exec(text);
  if (form === null) {
    // `redis:6379` looks like a host and a port, but is a scheme and a path.
    throw /^[a-z][a-z0-9+.-]*:/i.test(text)
      ? new TypeError(
        "Cannot use the Redis URL as :// must follow its scheme, as in redis://host:port",
      )
      : unreadable();
  }
  const [, scheme, authority, path = "", query = "", fragment] = form;
  const protocol = scheme!.toLowerCase();
  if (!/^(rediss?(\+sentinel|\+cluster)?|redis\+unix)$/.test(protocol)) {
    throw new TypeError(
      `Cannot use the Redis URL as its scheme must be redis, rediss, redis+unix, redis+sentinel, rediss+sentinel, redis+cluster or rediss+cluster: current value is "${protocol}"`,
    );
  }
  refuseRaw("#", fragment !== undefined);
  refuseRaw("?", query.includes("@"));
  const end = authority!.lastIndexOf("@");
  const hosts = authority!.slice(end + 1);
  const options = {
    ...credentialsOf(end === -1 ? "" : authority!.slice(0, end)),
    ...dbOf(query),
  };
  if (protocol === "redis+unix") {
    if (hosts !== "" || path.length < 2) {
      throw new TypeError(
        "Cannot use the Redis URL as redis+unix:// must be followed by an absolute path",
      );
    }
    return { ...options, path: decode(path, "path") };
  }
  refuseRaw("/", path.includes("@"));
  const [base, way] = protocol.split("+");
  const tls = base === "rediss" ? { tls: true } : {};
  if (way === "sentinel") {
    if (path.length < 2 || path.includes("/", 1)) {
      throw new TypeError(
        "Cannot use the Redis URL as the master's name must follow the sentinels, as in redis+sentinel://host:port,host:port/MASTER",
      );
    }
    const masterName = decode(path.slice(1), "master's name");
    return { ...options, ...tls, sentinels: listOf(hosts), masterName };
  }
  if (way === "cluster") {
    if (path.length > 1) {
      throw new TypeError(
        "Cannot use the Redis URL as a cluster has no databases: leave its path out",
      );
    }
    return { ...options, ...tls, hosts: listOf(hosts), cluster: true };
  }
  return {
    ...options,
    ...tls,
    ...hostsOf(hosts),
    ...(path.length < 2 ? {} : { db: readDb(path.slice(1)) }),
  };
}

/**
 * Reads an address.
 *
 * @param text `host`, `host:port`, or the same with an IPv6 address in brackets.
 * @param defaultPort The port where the text has none.
 * @returns The parts of the address; `undefined` if the text is not one.
 */
export function parseHost(
  text: string,
  defaultPort = 6379,
): { hostname: string; port: number } | undefined {
  const [, host, digits = defaultPort] = HOST_FORM.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port === 0 || port > 65_535) return undefined;
  const hostname = decode(host, "host name").replace(/^\[(.*)\]$/, "$1");
  return { hostname: hostname === "" ? "localhost" : hostname, port };
}

function listOf(text: string): string[] {
  const hosts = text.split(",");
  for (const host of hosts) {
    if (parseHost(host) === undefined) throw unusable(host);
  }
  return hosts;
}

function hostsOf(text: string): RedisOptions {
  const hosts = listOf(text);
  return hosts.length > 1 ? { hosts } : parseHost(text)!;
}

function credentialsOf(text: string): RedisOptions {
  const [, username = "", password = ""] = /^([^:]*):?(.*)$/s.exec(text)!;
  return {
    ...(username === "" ? {} : { username: decode(username, "user name") }),
    ...(password === "" ? {} : { password: decode(password, "password") }),
  };
}

function dbOf(query: string): RedisOptions {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name === "db") continue;
    throw new TypeError(
      `Cannot use the Redis URL as it can have the parameter db only: it has ${
        JSON.stringify(name)
      }`,
    );
  }
  const db = parameters.get("db");
  return db === null ? {} : { db: readDb(db) };
}

function readDb(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new TypeError(
      "Cannot use the Redis URL as its database must be a whole number, as in redis://host:port/0",
    );
  }
  return Number(text);
}

/** Refuses a character that ends the user's password in a URL unless it is percent-encoded. */
function refuseRaw(character: "#" | "?" | "/", isThere: boolean): void {
  if (!isThere) return;
  throw new TypeError(
    `Cannot use the Redis URL as it holds a raw ${character}: a password needs percent-encoding, which makes it ${
      encodeURIComponent(character)
    }`,
  );
}

/** The error of an address. */
function unusable(address: string): TypeError {
  const [, host, digits] = HOST_FORM.exec(address) ?? [];
  if (host === undefined) return unreadable();
  const value = SURE_HOST.test(host)
    ? `: current value is ${digits}`
    : "; if that is a password, @ and the host must follow it";
  return new TypeError(
    `Cannot use the Redis URL as its port must be a whole number from 1 to 65535${value}`,
  );
}

function unreadable(): TypeError {
  return new TypeError(
    "Cannot parse the Redis URL: it must look like redis://[user:password@]host:port/db; a password needs percent-encoding",
  );
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      `Cannot read the ${what} in the Redis URL as its percent-encoding is broken`,
    );
  }
}
