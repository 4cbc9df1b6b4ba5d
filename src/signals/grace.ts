/**
 * The last moment of a publish whose arrival no answer can prove.
 *
 * @module
 */
import { after, type Timer } from "../internal/timer.ts";

/** Milliseconds that the transport has beyond the end to tell whether it sent the message. */
const GRACE = 50;

/** Fails a publish when the transport has had time enough: nobody is to call a success what may not have been sent. */
export function afterGrace(fail: (error: Error) => void): Timer {
  return after(GRACE, () => {
    const error = new Error(
      "Cannot tell whether the signal was sent as the transport did not confirm it in time",
    );
    fail(Object.assign(error, { outcome: "unknown" as const }));
  });
}
