/**
 * Waits for a promise until a signal aborts.
 *
 * @module
 */

/**
 * Settles as the promise does, or rejects when the signal aborts.
 *
 * @param promise The promise; its work goes on after the signal has aborted.
 * @param signal Ends the wait.
 * @throws The signal's reason, if the signal aborts first.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
