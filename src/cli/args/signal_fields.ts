/**
 * The fields of a signal, as users write them.
 *
 * @module
 */
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { UsageError } from "./usage_error.ts";

/** Most characters of a value that an error quotes. */
const MAX_QUOTED = 100;

/**
 * Reads the number of a sample.
 *
 * @param name What the number is for.
 * @throws {UsageError} If it is none.
 */
export function sampleFrom(text: string, name: string): bigint {
  if (/^-?\d{1,100}$/.test(text)) return BigInt(text);
  throw new UsageError(
    `Cannot use ${name} as it must be a whole number: current value is ${
      JSON.stringify(text.slice(0, MAX_QUOTED))
    }`,
  );
}

/**
 * Checks that an event is one of the user's: the protocol has a use of its own
 * for two.
 *
 * @throws {UsageError} If not.
 */
export function checkOwnEvent(event: string): void {
  if (event !== INITIALIZATION && event !== SHUTDOWN) return;
  throw new UsageError(
    `Cannot publish ${event} as it is sent by itself, before and after the events`,
  );
}
