/**
 * The last moment of a publish whose time is up, in which the transport may
 * still say whether it has sent the message.
 *
 * @module
 */
import { after, type Timer } from "../internal/timer.ts";

/** Milliseconds: the transport's own time may have begun a little later. */
const GRACE = 50;

/** Calls back when the transport has had time enough. */
export function afterGrace(callback: () => void): Timer {
  return after(GRACE, callback);
}

/** The error where it said nothing, and nobody's answer can prove that the message arrived. */
export function unconfirmedError(): Error {
  const error = new Error(
    "Cannot tell whether the signal was sent as the transport did not confirm it in time",
  );
  return Object.assign(error, { outcome: "unknown" as const });
}
