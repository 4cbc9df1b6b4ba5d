/**
 * How the function of `once()` ended, as text that goes to all parties.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";

/** Bytes of the longest value, as JSON. */
const MAX_VALUE = 64 * 1024;
const MAX_NAME = 200;
/** Most characters of an error's message; what is longer is cut. */
const MAX_TEXT = 8 * 1024;

/** A value as JSON, where there is one; or the name and message of an error. */
export type OnceOutcome =
  | { readonly json?: string; readonly error?: undefined }
  | { readonly error: string; readonly message: string };

/** The outcome of a function that returned; a value that can't be sent makes it an error. */
export function outcomeOfValue(value: unknown): OnceOutcome {
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined) {
      if (value === undefined) return {};
      throw new TypeError(
        `Cannot use the value of run as it must be JSON: current value is a ${typeof value}`,
      );
    }
    const bytes = byteLength(json);
    if (bytes <= MAX_VALUE) return { json };
    throw new RangeError(
      `Cannot use the value of run as it must have at most ${MAX_VALUE} bytes as JSON: it has ${bytes}`,
    );
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** The outcome of a function that threw. */
export function outcomeOfError(error: unknown): OnceOutcome {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  return {
    error: String(name).slice(0, MAX_NAME),
    message: String(message).slice(0, MAX_TEXT),
  };
}
