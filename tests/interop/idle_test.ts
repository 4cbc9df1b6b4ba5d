import { assert } from "@std/assert";
import { setTimeout as sleep } from "node:timers/promises";
import { startRole } from "../support/child.ts";
import { hasPython, PythonExporter } from "../support/python_peer.ts";
import { EMBEDDED_BROKER, REFERENCE_SERVER } from "./servers.ts";

/** Milliseconds of idleness. */
const SPAN = 3_000;

/** Milliseconds for the work after a start, such as compiling. */
const SETTLING = 500;

/** The unit of /proc/PID/stat on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of a core that a process has used, in user and in kernel mode. */
async function coreSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The second field may hold spaces and parentheses; utime is the 14th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Percent of a core that each process uses over the span. */
function usage(pids: readonly number[]): Promise<number[]> {
  return Promise.all(pids.map(async (pid) => {
    const before = await coreSeconds(pid);
    const since = performance.now();
    await sleep(SPAN);
    const used = await coreSeconds(pid) - before;
    return used / (performance.now() - since) * 100_000;
  }));
}

Deno.test({
  name: "an idle exporter and its responder use less than 1 % of a core",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using stack = new AsyncDisposableStack();
    const names: string[] = [];
    const pids: number[] = [];
    for (const kind of new Set([REFERENCE_SERVER, EMBEDDED_BROKER])) {
      const server = stack.use(await kind.start());
      const role = stack.use(startRole("idle_pair.ts", {
        args: [server.url],
        permissions: [`--allow-net=${new URL(server.url).host}`],
      }));
      await role.next({ what: "the responder to have joined" });
      names.push(`exporter and responder over ${kind.name}`);
      pids.push(role.pid);
    }
    await sleep(SETTLING);
    const ours = pids.length;
    if (hasPython()) {
      const server = stack.use(await REFERENCE_SERVER.start());
      const python = stack.use(await PythonExporter.connect(server.url));
      await python.initialize(["start"]);
      names.push("Python's exporter");
      pids.push(python.process.pid);
    }
    const percents = await usage(pids);
    for (const [index, name] of names.entries()) {
      console.log(`idle: ${percents[index]!.toFixed(2)} % of a core, ${name}`);
    }
    for (const percent of percents.slice(0, ours)) assert(percent < 1);
  },
});
