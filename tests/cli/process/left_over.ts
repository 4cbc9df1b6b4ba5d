/**
 * Commands that are hard to end, and what is left of them.
 *
 * @module
 */
import { MAIN } from "../cli.ts";
import { readProcesses } from "../../../src/cli/process/family.ts";

/** Shell commands by what is hard about them; each runs `sleep TIME` in some way. */
export const COMMANDS: Readonly<Record<string, (time: string) => string>> = {
  "the shell itself": (time) => `exec sleep ${time}`,
  "a child": (time) => `sleep ${time}; true`,
  "one that ignores signals": (time) =>
    `trap '' HUP INT QUIT TERM; sleep ${time}; sleep ${time}`,
  "one that goes on after a signal": (time) =>
    `trap 'sleep ${time} & wait' HUP INT QUIT TERM; sleep ${time} & wait; wait`,
  "one in the background": (time) =>
    `nohup sleep ${time} >/dev/null 2>&1 & sleep ${time}`,
  "an orphan": (time) => `(sleep ${time} &); sleep ${time}; true`,
  "grandchildren in a pipeline": (time) =>
    `(sh -c '(sleep ${time} & sleep ${time}; true) & wait'; true) | cat`,
  "a process group of its own": (time) => `timeout 9999 sleep ${time}; true`,
  "a session of its own": (time) =>
    `setsid sleep ${time} & sleep ${time}; true`,
  "one without streams": (time) =>
    `exec 0<&- 1>&- 2>&-; sleep ${time}; sleep ${time}`,
  "one that is stopped": (time) =>
    `sh -c 'kill -STOP $$; exec sleep ${time}'; sleep ${time}`,
};

let count = 0;

/** A time to sleep that no other process sleeps. */
export function ownTime(): string {
  return `${9_000 + count++}.${Deno.pid}`;
}

/** The processes that sleep such a time, or run those that do; not the command line itself. */
export async function sleepers(time: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-A", "-o", "pid=,args="],
  }).output();
  const living = new Set(readProcesses()?.map(({ pid }) => pid));
  return new TextDecoder().decode(stdout)
    .split("\n")
    .filter((line) => line.includes(time) && !line.includes(MAIN))
    .map((line) => parseInt(line))
    .filter((pid) => living.has(pid));
}

/**
 * Kills what is left in the end. To be made after the command line whose streams
 * that holds: it is disposed of first, and the command line can be waited for.
 */
export function killedInTheEnd(time: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const pid of await sleepers(time)) {
        try {
          Deno.kill(pid, "SIGKILL");
        } catch {
          // It has ended meanwhile.
        }
      }
    },
  };
}
