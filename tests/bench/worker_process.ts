/**
 * The harness's end of a worker: starts it and tells it what to do.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { JsonProcess } from "../support/json_process.ts";
import { pythonInterpreter } from "../support/python_process.ts";
import type { ContenderName } from "./contenders.ts";
import type { Commands } from "./worker.ts";

/** What every Deno process of a run is started with. */
export const DENO_RUN: readonly string[] = [
  ...["run", "--quiet", "--no-check", "--no-lock", "--allow-all"],
  ...["--config", path("../../deno.json")],
];

/** Above what the slowest thing takes that a worker is told to do. */
const TIMEOUT = 180_000;

/** A running worker; disposing of it kills it. */
export class Worker implements AsyncDisposable {
  readonly process: JsonProcess;

  constructor(contender: ContenderName) {
    this.process = contender === "python"
      ? JsonProcess.spawn(pythonInterpreter() ?? "python3", {
        args: ["-B", path("./contenders/python.py")],
      })
      : JsonProcess.spawn(Deno.execPath(), {
        args: [...DENO_RUN, path("./worker.ts"), contender.replace("-", "_")],
        env: { NO_COLOR: "1" },
      });
  }

  /** Tells it to do something, and waits until that is done. */
  async tell<Name extends keyof Commands>(
    name: Name,
    args: Parameters<Commands[Name]>[0],
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    await this.process.send({ name, args });
    const reply = await this.process.next<Reply>({
      what: `the worker to ${name}`,
      timeout: TIMEOUT,
    });
    if ("error" in reply) {
      throw new Error(`The worker could not ${name}: ${reply.error}`);
    }
    return reply.result as Awaited<ReturnType<Commands[Name]>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

type Reply = { readonly result?: unknown } | { readonly error: string };

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
