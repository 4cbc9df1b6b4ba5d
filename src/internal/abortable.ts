/**
 * A promise that is waited for no longer than a signal allows.
 *
 * @module
 */

/**
 * Settles as the promise does, or rejects when the signal aborts.
 *
 * @param promise What is waited for; it goes on all the same.
 * @param signal Ends the wait.
 * @throws The signal's reason, if it aborts first.
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
