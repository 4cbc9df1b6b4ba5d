/**
 * How long a message may be.
 *
 * @module
 */
import { byteLength } from "../internal/byte_length.ts";

/**
 * Checks the length of a message.
 *
 * @param maxPayload Bytes of the longest message.
 * @param what Completes "Cannot …".
 * @throws {RangeError} If the message is longer; it has the outcome `"not-sent"`.
 */
export function checkLength(
  payload: string,
  maxPayload: number,
  what: string,
): void {
  // A character takes at most three bytes: most messages need no counting.
  if (payload.length * 3 <= maxPayload) return;
  const bytes = byteLength(payload);
  if (bytes <= maxPayload) return;
  const error = new RangeError(
    `Cannot ${what} as the message must be at most ${maxPayload} bytes: it has ${bytes}`,
  );
  throw Object.assign(error, { outcome: "not-sent" as const });
}
