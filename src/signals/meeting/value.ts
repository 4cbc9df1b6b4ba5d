/**
 * A value that goes to all parties of a meeting, as JSON.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";
import { stringifyJson } from "../../protocol/json/writer.ts";

/** Most bytes of a value, as JSON in UTF-8. */
export const MAX_VALUE = 64 * 1024;

/**
 * Writes a value as JSON, which `parseJson` reads as the same value.
 *
 * @param what Names the value in an error.
 * @returns The text; nothing for `undefined`.
 * @throws {TypeError | RangeError} If the value can't be written without loss, or is too large.
 */
export function encodeValue(
  value: unknown,
  what = "value",
): string | undefined {
  if (value === undefined) return undefined;
  const text = stringifyJson(value, what);
  const bytes = byteLength(text);
  if (bytes <= MAX_VALUE) return text;
  throw new RangeError(
    `Cannot use ${what} as it must take at most ${MAX_VALUE} bytes as JSON: it takes ${bytes}`,
  );
}
