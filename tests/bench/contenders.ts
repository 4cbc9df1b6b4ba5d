/**
 * Who takes part, and who can't on this machine.
 *
 * @module
 */

import { hasPython } from "../support/python_process.ts";

/** The contenders, the one first that the others are compared with. */
export const CONTENDERS = [
  "ours",
  "ours-shared",
  "bare",
  "node-redis",
  "ioredis",
  "deno-redis",
  "python",
] as const;

export type ContenderName = typeof CONTENDERS[number];

/** Those that take part in whatever one can do in Deno. */
export const ALONE = [
  "ours",
  "bare",
  "node-redis",
  "ioredis",
  "deno-redis",
] as const;

/** What a table calls them. */
export const TITLES: Readonly<Record<ContenderName, string>> = {
  "ours": "ours",
  "ours-shared": "ours, one client",
  "bare": "bare sockets",
  "node-redis": "npm:redis",
  "ioredis": "npm:ioredis",
  "deno-redis": "x/redis",
  "python": "Python package",
};

/**
 * Those that can take part.
 *
 * @param wanted Those that are asked for.
 * @param skip Is told, loudly, of each that can't, and why.
 */
export async function present(
  wanted: readonly ContenderName[],
  skip: (why: string) => void,
): Promise<ContenderName[]> {
  const found: ContenderName[] = [];
  for (const name of wanted) {
    const why = await whyNot(name);
    if (why === undefined) found.push(name);
    else skip(`SKIPPED: ${TITLES[name]} is not measured, as ${why}`);
  }
  return found;
}

async function whyNot(name: ContenderName): Promise<string | undefined> {
  if (name === "python") {
    return hasPython()
      ? undefined
      : "neither STATE_SIGNALS_PYTHON nor python3 can import state_signals";
  }
  if (name === "deno-redis") {
    try {
      await import("./deno_redis_module.ts");
    } catch (error) {
      return `it can't be imported: ${(error as Error).message}`;
    }
  }
}
