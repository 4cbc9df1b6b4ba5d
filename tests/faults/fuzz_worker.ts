/// <reference lib="webworker" />
/**
 * Runs one fuzzer in a worker, so that the main thread can detect a hang.
 *
 * @module
 */

import { fuzzPayloads } from "../protocol/fuzz.ts";
import { fuzzDecoder } from "../resp/fuzz.ts";
import type { FuzzOptions, FuzzReport } from "../support/fuzzing.ts";

/** A target of the fuzzers. */
export type FuzzTarget = "client decoder" | "broker decoder" | "payloads";

/** The message to the worker. */
export interface FuzzTask {
  readonly target: FuzzTarget;
  readonly frames: number;
  readonly seed: number;
}

/** The messages of the worker: progress, and at the end a report or a crash. */
export type FuzzMessage =
  | { readonly progress: number }
  | { readonly report: FuzzReport }
  | { readonly crash: string };

const PROGRESS_INTERVAL = 100;

const FUZZERS: Readonly<
  Record<FuzzTarget, (options: FuzzOptions) => FuzzReport>
> = {
  "client decoder": (options) => fuzzDecoder("client", options),
  "broker decoder": (options) => fuzzDecoder("broker", options),
  "payloads": fuzzPayloads,
};

self.onmessage = ({ data }: MessageEvent<FuzzTask>): void => {
  const { target, ...options } = data;
  let tried = 0;
  let toldAt = 0;
  const progress = (frames: number) => {
    tried = frames;
    if (performance.now() - toldAt < PROGRESS_INTERVAL) return;
    toldAt = performance.now();
    tell({ progress: frames });
  };
  try {
    tell({ report: FUZZERS[target]({ ...options, progress }) });
  } catch (error) {
    tell({ crash: `after ${tried} frames: ${Deno.inspect(error)}` });
  }
};

function tell(message: FuzzMessage): void {
  self.postMessage(message);
}
