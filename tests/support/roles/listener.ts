/**
 * A role that listens to signals and prints the events of its link: the test
 * suspends it, floods it, and requests its figures. The role answers no signal.
 *
 * Arguments: the server's URL; options as JSON.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

/** The options of the listener. */
export interface ListenerOptions {
  /** Whether the listener takes no signal before the line `take`, like a loop that hangs. */
  idle?: boolean;
  queueCapacity?: number;
}

/** The figures of the listener, printed on request. */
export interface ListenerFigures {
  /** The number of signals taken. */
  readonly taken: number;
  /** The sample numbers of the first and the last signal taken. */
  readonly first: number | null;
  readonly last: number | null;
  /** The number of overflow events, and of the signals dropped according to the counts. */
  readonly overflows: number;
  readonly dropped: number;
  readonly malformed: number;
  /** The largest resident size of the process in bytes. */
  readonly maxRss: number;
}

const MEMORY_INTERVAL = 10;

const [redis, json = "{}"] = Deno.args;
if (redis === undefined) throw new TypeError("A URL must be given");
const { idle = false, queueCapacity = 10_000 }: ListenerOptions = JSON.parse(
  json,
);
const responder = await SignalResponder.connect({
  redis: { url: redis, minBackoff: 10 },
  queueCapacity,
  logLevel: "CRITICAL",
});
const samples: number[] = [];
let overflows = 0;
let maxRss = 0;

for (const type of ["disconnect", "gap", "reconnect"] as const) {
  responder.addEventListener(type, () => tell({ event: type }));
}
responder.addEventListener("overflow", () => overflows++);
setInterval(() => {
  maxRss = Math.max(maxRss, Deno.memoryUsage().rss);
}, MEMORY_INTERVAL);

const signals = responder.listen();
if (!idle) take();
tell({ ready: true, rss: Deno.memoryUsage().rss });

for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  for (const request of text.split("\n").filter(Boolean)) {
    if (request === '"take"') take();
    else tell(figures());
  }
}

async function take(): Promise<void> {
  for await (const signal of signals) samples.push(Number(signal.sampleNo));
}

function figures(): ListenerFigures {
  return {
    taken: samples.length,
    first: samples[0] ?? null,
    last: samples.at(-1) ?? null,
    overflows,
    ...responder.counts,
    maxRss,
  };
}

function tell(message: unknown): void {
  console.log(JSON.stringify(message));
}
