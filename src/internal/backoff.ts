/**
 * How long to wait before trying again.
 *
 * @module
 */

/** The bounds of a {@linkcode backoff}. */
export interface BackoffOptions {
  /** Milliseconds around which the first wait lies. */
  minDelay: number;
  /** Milliseconds that no wait exceeds. */
  maxDelay: number;
}

/**
 * An exponential wait with jitter, so that many who were cut off at once do not
 * come back at once.
 *
 * @param attempt How many tries have failed since the last success, from 0.
 * @param options The bounds.
 * @param random A number from 0 to 1.
 * @returns Milliseconds, between half and the whole of the doubling step.
 */
export function backoff(
  attempt: number,
  { minDelay, maxDelay }: BackoffOptions,
  random: number = Math.random(),
): number {
  const step = Math.min(maxDelay, minDelay * 2 ** Math.min(attempt, 30));
  return step * (0.5 + random / 2);
}
