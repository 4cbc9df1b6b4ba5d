/**
 * From a Redis URL to options.
 *
 * @module
 */
import type { RedisOptions } from "./options.ts";

/**
 * Reads a Redis URL.
 *
 * @throws {TypeError} If it is none; no part of it that may be a credential is quoted.
 */
export function parseUrl(input: string | URL): RedisOptions {
  let url: URL;
  try {
    url = new URL(input);
  } catch {
    // The text is not quoted: it may hold a password.
    throw new TypeError(
      "Cannot parse the Redis URL: it must look like redis://[user:password@]host:port/db",
    );
  }
  // Without the slashes, `redis:6379` is the scheme redis and a path, not a host.
  if (!url.href.startsWith(`${url.protocol}//`)) {
    throw new TypeError(
      "Cannot use the Redis URL as :// must follow its scheme, as in redis://host:port",
    );
  }
  const { username, password, hostname } = url;
  const credentials = {
    ...(username === "" ? {} : { username: decode(username, "user name") }),
    ...(password === "" ? {} : { password: decode(password, "password") }),
  };
  switch (url.protocol) {
    case "redis+unix:": {
      if (hostname !== "" || url.pathname.length < 2) {
        throw new TypeError(
          "Cannot use the Redis URL as redis+unix:// must be followed by an absolute path",
        );
      }
      const db = url.searchParams.get("db");
      return {
        ...credentials,
        path: decode(url.pathname, "path"),
        ...(db === null ? {} : { db: Number(db) }),
      };
    }
    case "redis:":
    case "rediss:": {
      const db = url.pathname.replace(/^\//, "");
      return {
        ...credentials,
        hostname: hostname === ""
          ? "localhost"
          : decode(hostname, "host name").replace(/^\[(.*)\]$/, "$1"),
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

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(
      `Cannot read the ${what} in the Redis URL as its percent-encoding is broken`,
    );
  }
}
