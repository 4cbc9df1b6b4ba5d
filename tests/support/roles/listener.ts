/**
 * A role that listens to signals and says what becomes of its link: the test
 * suspends it, floods it, and asks it for its figures. It answers nothing.
 *
 * Arguments: the server's URL; options as JSON.
 *
 * @module
 */

import { SignalResponder } from "../../../mod.ts";

/** How it listens. */
export interface ListenerOptions {
  /** Takes no signal before it is told to; a loop that never comes round. */
  idle?: boolean;
  queueCapacity?: number;
}

/** What it says when it is asked for its figures. */
export interface ListenerFigures {
  /** Signals that it has taken. */
  readonly taken: number;
  /** Sample number of the first and of the last of them. */
  readonly first: number | null;
  readonly last: number | null;
  /** Overflow events, and what they and the counts say was dropped. */
  readonly overflows: number;
  readonly dropped: number;
  readonly malformed: number;
  /** Most bytes that it held in memory. */
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
