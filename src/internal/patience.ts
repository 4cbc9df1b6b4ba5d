/**
 * Waits for a promise with a limit of time.
 *
 * @module
 */
import { after } from "./timer.ts";

/**
 * Waits until a promise resolves or rejects, or the time is over.
 *
 * @param ms Milliseconds.
 * @param promise The promise, whose work goes on after that time; `undefined`:
 * there is nothing to wait for.
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
    // A rejection ends the wait, too.
  } finally {
    timer.cancel();
  }
}

/**
 * Settles as a promise does, or rejects when the time is over.
 *
 * @param ms Milliseconds; `Infinity`: without limit.
 * @param promise The promise, whose work goes on after that time.
 * @param late Makes the error for a wait that took too long.
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
