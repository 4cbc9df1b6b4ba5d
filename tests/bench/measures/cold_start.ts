/**
 * (f) From the start of the process to its first confirmed publish, and the most
 * memory that it took until then.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { among, type Bench, interleaved } from "../bench.ts";
import { ALONE, type ContenderName, TITLES } from "../contenders.ts";
import { startServer } from "../server.ts";
import { median } from "../statistics.ts";
import { memory } from "../usage.ts";
import { DENO_RUN } from "../worker_process.ts";

const TIME = {
  key: "f/time",
  title: "(f) Start of the process to its first confirmed publish",
  unit: "ms",
} as const;
const MEMORY = {
  key: "f/memory",
  title: "(f) Most memory until the first confirmed publish",
  unit: "MiB",
} as const;

export async function coldStart(bench: Bench): Promise<void> {
  const starts = bench.quick ? 1 : 7;
  await using server = await startServer();
  const contenders = among(
    bench,
    ...ALONE,
  );
  // The first start of each compiles what the later ones find in the cache.
  for (const name of contenders) await start(name, server.port);
  await interleaved(bench, contenders, "(f) cold start", async (name) => {
    const found = [];
    for (let n = 0; n < starts; n++) {
      found.push(await start(name, server.port));
    }
    bench.results.add(TIME, TITLES[name], {
      value: median(found.map(({ time }) => time)),
    });
    bench.results.add(MEMORY, TITLES[name], {
      value: median(found.map(({ memory }) => memory)),
    });
  });
}

/** Milliseconds, and MiB. */
async function start(
  contender: ContenderName,
  port: number,
): Promise<{ time: number; memory: number }> {
  const script = `../cold_start/${contender.replace("-", "_")}.ts`;
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      ...DENO_RUN,
      fileURLToPath(new URL(script, import.meta.url)),
      String(port),
    ],
    stdin: "piped",
    stdout: "piped",
  });
  const since = performance.now();
  const child = command.spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const time = performance.now() - since;
  if (done) throw new Error("It ended before it had published");
  const most = memory(child.pid, "at most");
  child.kill("SIGKILL");
  await reader.cancel();
  await child.stdin.abort();
  await child.status;
  return { time, memory: most };
}
