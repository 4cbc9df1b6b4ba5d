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
 * A caller's reason, as it goes out: a longer one is cut, because it is often the
 * message of an error, and the run must end all the same.
 *
 * @throws {TypeError} If the reason is no text.
 */
export function shortReason(reason: string): string {
  checkText(reason, "reason");
  if (reason.length <= MAX_REASON) return reason;
  const begin = reason.slice(0, MAX_REASON - 1);
  // A character of two halves is left out, because a half of it can't be sent.
  return `${begin.replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The reason in the metadata of a signal; `undefined` where there is none. */
export function reasonOf(
  metadata: Record<string, unknown> | undefined,
): string | undefined {
  if (metadata === undefined || !Object.hasOwn(metadata, REASON_KEY)) return;
  const value = metadata[REASON_KEY];
  return isReason(value) ? value : undefined;
}
