/**
 * Waiting in tests: always with a description, and never without a deadline.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

/** Generous, as the machines that run the tests are slow and shared. */
const DEFAULT_TIMEOUT = 30_000;

const POLL_INTERVAL = 5;

/** The deadline and the description of a wait. */
export interface WaitOptions {
  /**
   * Milliseconds until the wait fails; Infinity waits for ever.
   *
   * @default {30_000}
   */
  timeout?: number;
  /** Completes "Waited 30000 ms in vain for ..." */
  what: string;
}

/** Settles with the promise, or rejects at the deadline. */
export async function within<T>(
  promise: Promise<T>,
  { timeout = DEFAULT_TIMEOUT, what }: WaitOptions,
): Promise<T> {
  if (timeout === Infinity) return await promise;
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      deadline.reject(new Error(`Waited ${timeout} ms in vain for ${what}`)),
    timeout,
  );
  try {
    return await Promise.race([promise, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `ask` repeatedly; resolves with the first truthy answer. */
export function until<T>(
  ask: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const abort = new AbortController();
  const polling = poll(ask, abort.signal);
  return within(polling, options).finally(() => abort.abort());
}

async function poll<T>(
  ask: () => T | Promise<T>,
  signal: AbortSignal,
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer as Exclude<T, false | 0 | "" | null | undefined>;
    }
    await sleep(POLL_INTERVAL, undefined, { signal });
  }
}

/** The next event of a type that a target dispatches. */
export async function eventOf<E extends Event = Event>(
  target: EventTarget,
  type: string,
  options: { timeout?: number } = {},
): Promise<E> {
  const event = Promise.withResolvers<E>();
  const listener = (dispatched: Event) => event.resolve(dispatched as E);
  target.addEventListener(type, listener, { once: true });
  try {
    return await within(event.promise, {
      ...options,
      what: `the event "${type}"`,
    });
  } finally {
    target.removeEventListener(type, listener);
  }
}
