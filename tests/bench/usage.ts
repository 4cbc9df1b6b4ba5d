/**
 * What processes take of the machine, by Linux's `/proc`.
 *
 * @module
 */

/** What `/proc` counts processor time in, on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** Milliseconds of processor time that processes have taken so far, in all. */
export function cpuTime(...pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field, the program's name, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND * 1_000;
}

/** MiB of memory that a process takes now, or took at most. */
export function memory(pid: number, when: "now" | "at most"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const field = when === "now" ? "VmRSS" : "VmHWM";
  return Number(status.match(`${field}:\\s+(\\d+) kB`)?.[1]) / 1_024;
}
