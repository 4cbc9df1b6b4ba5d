/**
 * Reads signals and responses as JSON objects, and checks their properties.
 *
 * @module
 */

import { describeValue } from "../internal/describe_value.ts";
import { parseJson } from "./json/json.ts";
import { PayloadError, type PayloadKind } from "./payload_error.ts";

/**
 * Reads a payload as a JSON object.
 *
 * @param kind Whether a signal or a response is read.
 * @param text The payload.
 * @returns The object.
 * @throws {PayloadError} If the payload is not JSON or not an object.
 */
export function parsePayload(
  kind: PayloadKind,
  text: string,
): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const reason = `it is not JSON: ${(cause as Error).message}`;
    throw new PayloadError(kind, reason, { cause });
  }
  if (!isRecord(value)) {
    throw new PayloadError(
      kind,
      `it must be a JSON object: current value is ${describeValue(value)}`,
    );
  }
  return value;
}

/**
 * Reads an own property.
 *
 * @param record A parsed JSON object.
 * @param key The property's key.
 * @returns The value; `undefined` if the key is absent, because JSON has no undefined.
 */
export function ownValue(
  record: Record<string, unknown>,
  key: string,
): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * Reads an own property that must be a string.
 *
 * @param kind Whether a signal or a response is read.
 * @param record The payload's JSON object.
 * @param key The property's key.
 * @returns The string.
 * @throws {PayloadError} If the property is absent, or not a string.
 */
export function stringValue(
  kind: PayloadKind,
  record: Record<string, unknown>,
  key: string,
): string {
  const value = ownValue(record, key);
  if (typeof value !== "string") {
    throw propertyError(kind, key, "a string", value);
  }
  return value;
}

/**
 * The error of a property that is absent or of the wrong type.
 *
 * @param kind Whether a signal or a response is read.
 * @param key The property's key.
 * @param requirement What the value must be.
 * @param value The value; `undefined` if the property is absent.
 * @returns The error, to be thrown.
 */
export function propertyError(
  kind: PayloadKind,
  key: string,
  requirement: string,
  value: unknown,
): PayloadError {
  return new PayloadError(
    kind,
    value === undefined
      ? `${key} is missing`
      : `${key} must be ${requirement}: current value is ${
        describeValue(value)
      }`,
  );
}

/**
 * Tells a JSON object from every other JSON value.
 *
 * @param value A parsed JSON value.
 * @returns True for an object that is neither an array nor null.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
