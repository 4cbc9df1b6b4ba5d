/**
 * The real x/redis, where it can be had: it comes from JSR, which not every
 * machine reaches. `STATE_SIGNALS_DENO_REDIS` names another module to import in
 * its place, such as `file:///path/to/redis/mod.ts`.
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

/** Options of x/redis that tests use. */
export interface DenoRedisOptions {
  hostname: string;
  port: number;
  username?: string;
  password?: string;
  maxRetryCount?: number;
  healthCheckInterval?: number;
}

/** What tests use of x/redis; its types can't be imported where it is not. */
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
 * things that tests need, it may be missing in CI too, but never in silence: a
 * test of its own says so, as `--quiet` shows nothing else.
 */
export function needsDenoRedis(whatIsNotTested: string): { ignore: boolean } {
  return loaded === undefined ? skip(whatIsNotTested) : { ignore: false };
}

/** The same for a program of its own, which takes no other module in its place. */
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

/** The real x/redis, in a test that said that it needs it. */
export function denoRedis(): DenoRedisModule {
  if (loaded === undefined) throw new Error("x/redis can't be imported");
  return loaded;
}

const BESIDES = { connections: 2, acl: "&state-signals:barrier:*" };

/** Clients that a function makes. */
export const MADE_CLIENTS: AdapterClient = {
  ...BESIDES,
  name: "x/redis, made by a function",
  create: made,
};

/** Two clients of somebody's. */
export const PAIR_OF_CLIENTS: AdapterClient = {
  ...BESIDES,
  name: "x/redis, a pair",
  // It subscribes again before it logs in, and takes the refusal for the login's.
  relogs: false,
  create: pair,
};

/** Where a URL leads, as x/redis takes it. */
export function denoRedisOptions(url: string): DenoRedisOptions {
  const { hostname, port, username, password } = new URL(url);
  return {
    hostname,
    port: Number(port),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
  };
}

/** A transport that makes its connections itself, as its users are told to. */
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
