/**
 * Fuzzes the readers of a peer's bytes: the RESP decoder of the client and of the
 * broker, and the parsers of payloads.
 *
 *     deno run -A tests/faults/fuzz.ts [--frames N] [--seed S]
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { FuzzReport } from "../support/fuzzing.ts";
import type { FuzzMessage, FuzzTarget, FuzzTask } from "./fuzz_worker.ts";

/** The targets of the fuzzers. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  "client decoder",
  "broker decoder",
  "payloads",
];

/** Milliseconds without progress that make a hang; a frame takes microseconds, but a busy machine may be slow to start the worker. */
const HANG = 120_000;

/** The result of fuzzing one target. */
export interface FuzzOutcome extends FuzzReport {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly crashes: number;
  readonly hangs: number;
  /** The crash or the hang, and its place. */
  readonly failure?: string;
}

/** Fuzzes one target until it is done, crashes or hangs. */
export async function fuzz(task: FuzzTask): Promise<FuzzOutcome> {
  const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), {
    type: "module",
  });
  const { target, seed } = task;
  const none = { frames: 0, bytes: 0, yields: 0, rejections: 0 };
  const outcome = { target, seed, ...none, crashes: 0, hangs: 0 };
  try {
    const { promise, resolve } = Promise.withResolvers<FuzzOutcome>();
    let frames = 0;
    const hang = () =>
      resolve({
        ...outcome,
        frames,
        hangs: 1,
        failure: `no progress within ${HANG} ms after ${frames} frames`,
      });
    const crash = (failure: string) =>
      resolve({ ...outcome, frames, crashes: 1, failure });
    let timer = setTimeout(hang, HANG);
    worker.onmessage = ({ data }: MessageEvent<FuzzMessage>) => {
      if ("report" in data) resolve({ ...outcome, ...data.report });
      else if ("crash" in data) crash(data.crash);
      else {
        frames = data.progress;
        clearTimeout(timer);
        timer = setTimeout(hang, HANG);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      crash(event.message);
    };
    worker.postMessage(task);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  } finally {
    worker.terminate();
  }
}

/** One line of text for an outcome. */
export function describe(outcome: FuzzOutcome): string {
  const { target, frames, bytes, yields, rejections, crashes, hangs, seed } =
    outcome;
  const line = `${target}: ${frames} frames (${bytes} bytes), ` +
    `${yields} yields, ${rejections} rejections, ` +
    `${crashes} crashes, ${hangs} hangs, seed ${seed}`;
  return outcome.failure === undefined ? line : `${line}\n${outcome.failure}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "100000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    },
  });
  const frames = Number(values.frames);
  const seed = Number(values.seed);
  let failed = false;
  for (const target of FUZZ_TARGETS) {
    const outcome = await fuzz({ target, frames, seed });
    console.log(describe(outcome));
    failed ||= outcome.failure !== undefined;
  }
  if (failed) Deno.exit(1);
}
