/**
 * How long to wait before trying again.
 *
 * @module
 */

/** The bounds of a {@linkcode backoff}. */
export interface BackoffOptions {
  /** Milliseconds of the first wait, about. */
  minBackoff: number;
  /** Milliseconds of the longest wait. */
  maxBackoff: number;
}

/**
 * An exponential wait with jitter, so that many processes that lost their links
 * at once do not all come back at once.
 *
 * @param attempt The number of tries since the last success, from 0.
 * @param options The bounds.
 * @param random A number from 0 to 1.
 * @returns Milliseconds, between half and the whole of the doubling step.
 */
export function backoff(
  attempt: number,
  { minBackoff, maxBackoff }: BackoffOptions,
  random: number = Math.random(),
): number {
  const step = Math.min(maxBackoff, minBackoff * 2 ** Math.min(attempt, 30));
  return step * (0.5 + random / 2);
}
