/**
 * A role that calls `once()` for each line that it reads, and prints what its
 * function does, how the calls end, and when its process stood still.
 *
 * @module
 */

import { once, OnceError } from "../../../mod.ts";

/** A line that the role reads. */
export interface OnceOrder {
  readonly call: string;
  readonly name: string;
  readonly options: {
    readonly redis: { readonly url: string; readonly minBackoff?: number };
    readonly parties: readonly string[];
    readonly party: string;
    readonly takeoverAfter: number;
    readonly timeout: number;
  };
  /** Milliseconds that the function takes. */
  readonly work: number;
  readonly throws: boolean;
  /** Whether the function stops when its signal aborts. */
  readonly obeys: boolean;
}

/** A line that the role prints; `at` by the clock of the machine. */
export interface OnceReport {
  readonly call: string;
  readonly said: "ready" | "begun" | "aborted" | "ended" | "left" | "stalled";
  readonly at: number;
  /** When the process began to stand still. */
  readonly from?: number;
  readonly value?: string;
  readonly error?: string;
  readonly outcome?: string;
  readonly detail?: string;
}

const STALL = 100;
const WATCH = 20;

let seen = now();
setInterval(() => {
  const from = seen;
  seen = now();
  if (seen - from > STALL) say({ call: "", said: "stalled", at: seen, from });
}, WATCH);

say({ call: "", said: "ready", at: now() });
let unfinished = "";
for await (
  const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  const lines = (unfinished + text).split("\n");
  unfinished = lines.pop() ?? "";
  for (const line of lines) call(JSON.parse(line));
}
Deno.exit();

async function call(order: OnceOrder): Promise<void> {
  const { call, name, options } = order;
  try {
    const { value } = await once(name, {
      ...options,
      logLevel: "CRITICAL",
      run: (signal) => work(order, signal),
    });
    say({ call, said: "left", at: now(), value });
  } catch (error) {
    const { message } = error as Error;
    const failure = error instanceof OnceError
      ? { outcome: error.outcome, detail: message }
      : { outcome: "other", detail: message };
    say({ call, said: "left", at: now(), error: message, ...failure });
  }
}

async function work(order: OnceOrder, signal: AbortSignal): Promise<string> {
  const value = crypto.randomUUID();
  const call = `${order.call} ${value}`;
  say({ call, said: "begun", at: now() });
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => {
    say({ call, said: "aborted", at: now() });
    if (order.obeys) resolve();
  });
  const timer = setTimeout(resolve, order.work);
  await promise;
  clearTimeout(timer);
  say({ call, said: "ended", at: now() });
  if (signal.aborted && order.obeys) throw signal.reason;
  if (order.throws) throw new RangeError(value);
  return value;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function say(report: OnceReport): void {
  console.log(JSON.stringify(report));
}
