/**
 * The presence and the version of a Redis server on this machine.
 *
 * @module
 */

import { skipUnless } from "./skip.ts";

let version: string | undefined | null = null;

/** The version of `redis-server` on the PATH; undefined if there is none. */
export function redisVersion(): string | undefined {
  if (version === null) version = askVersion();
  return version;
}

/** Whether `redis-server` is on the PATH. */
export function hasRedis(): boolean {
  return redisVersion() !== undefined;
}

/** Options for `Deno.test` of a test that needs a real Redis server. */
export function needsRedis(whatIsNotTested: string): { ignore: boolean } {
  return skipUnless(
    hasRedis(),
    whatIsNotTested,
    "there is no redis-server on the PATH",
  );
}

/** Whether `redis-server` is at least this version. */
export function redisIsAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = (redisVersion() ?? "").split(".")
    .map(Number);
  return haveMajor > major || haveMajor === major && haveMinor >= minor;
}

function askVersion(): string | undefined {
  try {
    const { stdout } = new Deno.Command("redis-server", {
      args: ["--version"],
    }).outputSync();
    return new TextDecoder().decode(stdout).match(/ v=([\d.]+)/)?.[1];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
