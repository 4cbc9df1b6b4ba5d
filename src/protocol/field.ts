/**
 * Checks fields of signals and responses before they are written.
 *
 * @module
 */

import { describeValue } from "../internal/describe_value.ts";
import type { PayloadKind } from "./payload_error.ts";

/**
 * Writes a field that must be a string.
 *
 * @param kind Whether a signal or a response is written.
 * @param field The field's name.
 * @param value The field's value.
 * @returns The JSON text of the string.
 * @throws {TypeError} If the value is not a string.
 */
export function encodeString(
  kind: PayloadKind,
  field: string,
  value: unknown,
): string {
  if (typeof value !== "string") {
    throw fieldError(kind, field, "a string", value);
  }
  return JSON.stringify(value);
}

/**
 * The error of a field that cannot be sent.
 *
 * @param kind Whether a signal or a response is written.
 * @param field The field's name.
 * @param requirement What the value must be.
 * @param value The field's value.
 * @returns The error, to be thrown.
 */
export function fieldError(
  kind: PayloadKind,
  field: string,
  requirement: string,
  value: unknown,
): TypeError {
  return new TypeError(
    `Cannot encode the ${kind} as ${field} must be ${requirement}: current value is ${
      describeValue(value)
    }`,
  );
}
