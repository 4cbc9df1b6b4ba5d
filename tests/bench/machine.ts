/**
 * What a run was made on.
 *
 * @module
 */

import { availableParallelism, cpus, loadavg } from "node:os";
import { redisVersion } from "../support/redis_binary.ts";

/** What figures depend on. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** Processes that wanted to run, in the minute before. */
  readonly load: number;
  readonly deno: string;
  readonly redis: string;
}

export function describeMachine(): Machine {
  return {
    system: `${Deno.build.os} ${Deno.osRelease()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    load: loadavg()[0]!,
    deno: Deno.version.deno,
    redis: redisVersion() ?? "none",
  };
}
