/**
 * Waiting for an end no longer than it deserves.
 *
 * @module
 */
import { after } from "./timer.ts";

/**
 * Waits until a promise settles, in whatever way, or the time is over. What the
 * promise stands for goes on all the same.
 *
 * @param ms Milliseconds.
 * @param promise What is waited for; `undefined`: nothing.
 */
export async function atMost(
  ms: number,
  promise: Promise<unknown> | undefined,
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = after(ms, resolve);
  try {
    await Promise.race([promise, late]);
  } catch {
    // It has ended by that.
  } finally {
    timer.cancel();
  }
}

/**
 * Settles as a promise does, or rejects when the time is over. What the promise
 * stands for goes on all the same.
 *
 * @param ms Milliseconds; `Infinity`: without limit.
 * @param promise What is waited for.
 * @param late Makes the error of a wait that took too long.
 */
export function within<T>(
  ms: number,
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = after(ms, () => reject(late()));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
