/**
 * The real x/redis, if it can be imported: it is on JSR, which not every machine
 * can reach. `STATE_SIGNALS_DENO_REDIS` names another module to import instead,
 * such as `file:///path/to/redis/mod.ts`.
 *
 * @module
 */

import {
  type DenoRedisClient,
  fromDenoRedis,
  type LinkOptions,
} from "../../src/adapters/deno_redis.ts";
import type { Transport } from "../../src/transport/transport.ts";
import type { AdapterClient, SomeClient } from "./adapter_clients.ts";

/** The options of x/redis that tests use. */
export interface DenoRedisOptions {
  hostname: string;
  port: number;
  username?: string;
  password?: string;
  maxRetryCount?: number;
  healthCheckInterval?: number;
}

/** The part of x/redis that tests use; its types can't be imported if x/redis is missing. */
export interface DenoRedisModule {
  connect(options: DenoRedisOptions): Promise<DenoRedisClient>;
  createLazyClient(options: DenoRedisOptions): DenoRedisClient;
}

const PUBLISHED = "@db/redis";
const MODULE = Deno.env.get("STATE_SIGNALS_DENO_REDIS") ?? PUBLISHED;
const announced = new Set<string>();

let whyNot = `${MODULE} takes its place`;
const loaded: DenoRedisModule | undefined = await load();

async function load(): Promise<DenoRedisModule | undefined> {
  try {
    return await import(MODULE);
  } catch (error) {
    whyNot = (error as Error).message;
  }
}

/**
 * Options for `Deno.test` of a test that needs the real x/redis. Unlike other
 * needs of tests, x/redis may be missing in CI too, but not silently: an ignored
 * test names it, because `--quiet` shows only tests.
 */
export function needsDenoRedis(whatIsNotTested: string): { ignore: boolean } {
  return loaded === undefined ? skip(whatIsNotTested) : { ignore: false };
}

/** Options for a test of a separate program, which always imports x/redis from JSR. */
export function needsJsr(whatIsNotTested: string): { ignore: boolean } {
  return loaded === undefined || MODULE !== PUBLISHED
    ? skip(whatIsNotTested)
    : { ignore: false };
}

function skip(whatIsNotTested: string): { ignore: boolean } {
  const line =
    `SKIPPED: ${whatIsNotTested} not tested, as x/redis is not there: ${whyNot}`;
  if (!announced.has(line)) {
    announced.add(line);
    Deno.test.ignore(line, () => {});
  }
  return { ignore: true };
}

/** The real x/redis, for a test with {@linkcode needsDenoRedis}. */
export function denoRedis(): DenoRedisModule {
  if (loaded === undefined) throw new Error("x/redis can't be imported");
  return loaded;
}

const BESIDES = { connections: 2, acl: "&state-signals:barrier:*" };

/** A transport that makes its clients by a function. */
export const MADE_CLIENTS: AdapterClient = {
  ...BESIDES,
  name: "x/redis, made by a function",
  create: made,
};

/** A transport over two clients of a user. */
export const PAIR_OF_CLIENTS: AdapterClient = {
  ...BESIDES,
  name: "x/redis, a pair",
  // x/redis subscribes again before it logs in, and takes the refusal for the login's.
  relogs: false,
  create: pair,
};

/** The server of a URL as options of x/redis. */
export function denoRedisOptions(url: string): DenoRedisOptions {
  const { hostname, port, username, password } = new URL(url);
  return {
    hostname,
    port: Number(port),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
  };
}

/** A transport that makes its connections by a function, as the documentation advises. */
export function madeTransport(
  url: string,
  options?: LinkOptions,
): Transport & AsyncDisposable {
  const { connect } = denoRedis();
  const to = { ...denoRedisOptions(url), maxRetryCount: 0 };
  return fromDenoRedis(() => connect(to), options);
}

function made(url: string): SomeClient {
  return {
    transport: (options) => madeTransport(url, options),
    connect: () => Promise.resolve(),
    ping: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function pair(url: string): SomeClient {
  const options = denoRedisOptions(url);
  const commands = denoRedis().createLazyClient(options);
  const subscriber = denoRedis().createLazyClient(options);
  const ping = () => commands.sendCommand("PING");
  return {
    transport: (options) => fromDenoRedis({ commands, subscriber }, options),
    connect: ping,
    ping,
    [Symbol.asyncDispose]: () => {
      commands.close();
      subscriber.close();
      return Promise.resolve();
    },
  };
}
