/**
 * (g) A thousand responders in one process, while nothing is published: what
 * they take of a core, and of memory.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { among, type Bench } from "../bench.ts";
import { ALONE, type ContenderName, TITLES } from "../contenders.ts";
import { startServer } from "../server.ts";
import { cpuTime, memory } from "../usage.ts";
import { Worker } from "../worker_process.ts";

/** After this long, what connecting has left behind is cleaned up, and what runs again and again is compiled. */
const SETTLING = 60_000;
/** As often as this module asks a silent server whether it lives. */
const WINDOW = 15_000;

export async function idle(bench: Bench): Promise<void> {
  const { quick, repeats, results } = bench;
  const responders = quick ? 10 : 1_000;
  const window = quick ? 100 : WINDOW;
  const cpuTable = {
    key: "g/cpu",
    title: `(g) Idle, ${responders} responders in one process: processor`,
    unit: "% of a core",
  } as const;
  const memoryTable = {
    key: "g/memory",
    title: `(g) Idle, ${responders} responders in one process: memory`,
    unit: "MiB",
  } as const;
  await using stack = new AsyncDisposableStack();
  const { port } = stack.use(await startServer());
  const workers = new Map<ContenderName, Worker>();
  for (
    const name of among(
      bench,
      "ours-shared",
      ...ALONE,
    )
  ) {
    bench.note(`(g) idle, ${name} connects`);
    const worker = stack.use(new Worker(name));
    await worker.tell("responders", { port, count: responders });
    workers.set(name, worker);
  }
  if (!quick) await sleep(SETTLING);
  // They are idle at the same time: none can take the processor from another.
  for (let repeat = 1; repeat <= repeats; repeat++) {
    bench.note(`(g) idle, repeat ${repeat}/${repeats}`);
    const pids = Array.from(
      workers,
      ([name, { process }]) => [name, process.pid] as const,
    );
    const before = new Map(pids.map(([name, pid]) => [name, cpuTime(pid)]));
    const since = performance.now();
    await sleep(window);
    for (const [name, pid] of pids) {
      const spent = cpuTime(pid) - before.get(name)!;
      const share = spent / (performance.now() - since) * 100;
      results.add(cpuTable, TITLES[name], { value: share });
      results.add(memoryTable, TITLES[name], { value: memory(pid, "now") });
    }
  }
}
