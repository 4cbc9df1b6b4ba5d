/**
 * A value that goes to all parties of a meeting, as JSON.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";
import { describeValue } from "../../internal/describe_value.ts";

/** Most bytes of a value, as JSON in UTF-8. */
export const MAX_VALUE = 64 * 1024;

/**
 * Writes a value as JSON.
 *
 * @param what Names the value in an error.
 * @returns The text; nothing for `undefined`.
 * @throws {TypeError | RangeError} If the value can't be written, or is too large.
 */
export function encodeValue(
  value: unknown,
  what = "value",
): string | undefined {
  if (value === undefined) return undefined;
  const text = jsonOf(value, what);
  const bytes = byteLength(text);
  if (bytes <= MAX_VALUE) return text;
  throw new RangeError(
    `Cannot use ${what} as it must take at most ${MAX_VALUE} bytes as JSON: it takes ${bytes}`,
  );
}

function jsonOf(value: unknown, what: string): string {
  let cause: unknown;
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new TypeError(
    `Cannot use ${what} as it must be a JSON value: current value is ${
      describeValue(value)
    }`,
    { cause },
  );
}
