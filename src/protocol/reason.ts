/**
 * Why a run is stopped: one text, in the metadata of a signal, where every peer
 * can read it, and in a request to stop.
 *
 * @module
 */
import { checkText } from "../internal/check.ts";

/** The key of the metadata that holds the reason. */
export const REASON_KEY = "reason";

/** Most characters of a reason. */
const MAX_REASON = 4_096;

/** Whether a value may be a reason. */
export function isReason(value: unknown): value is string {
  return typeof value === "string" && value !== "" &&
    value.length <= MAX_REASON;
}

/**
 * Checks a caller's reason.
 *
 * @returns The reason.
 * @throws {TypeError | RangeError} If the reason is not a text of this length.
 */
export function checkReason(reason: string): string {
  checkText(reason, "reason");
  const { length } = reason;
  if (isReason(reason)) return reason;
  throw new RangeError(
    `Cannot use reason as it must have 1 to ${MAX_REASON} characters: current value has ${length}`,
  );
}

/** The reason in the metadata of a signal; `undefined` where there is none. */
export function reasonOf(
  metadata: Record<string, unknown> | undefined,
): string | undefined {
  if (metadata === undefined || !Object.hasOwn(metadata, REASON_KEY)) return;
  const value = metadata[REASON_KEY];
  return isReason(value) ? value : undefined;
}
