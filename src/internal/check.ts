/**
 * Checks of the arguments of callers.
 *
 * @module
 */
import { describeValue } from "./describe_value.ts";

/**
 * Checks that a value is a string.
 *
 * @throws {TypeError} Names the value.
 */
export function checkText(value: string, name: string): void {
  if (typeof value !== "string") throw wrongType(value, name, "a string");
}

/**
 * Checks that a value is an array of strings.
 *
 * @param what What else a caller may have meant, in words.
 * @throws {TypeError} Names the value, or its first item that is not a string.
 */
export function checkTexts(
  values: readonly string[],
  name: string,
  what = "an array of strings",
): void {
  if (!Array.isArray(values)) throw wrongType(values, name, what);
  values.forEach((value, n) => checkText(value, `${name}[${n}]`));
}

/**
 * Checks that options are an object.
 *
 * @throws {TypeError} Shows the value.
 */
export function checkOptions(options: object, name = "options"): void {
  if (typeof options === "object" && options !== null) return;
  throw wrongType(options, name, "an object");
}

/**
 * Checks a signal before anything listens to it.
 *
 * @returns The signal.
 * @throws {TypeError} If there is one that is no `AbortSignal`.
 */
export function checkSignal(
  signal: AbortSignal | undefined,
): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const what = "an AbortSignal, such as the signal of an AbortController";
  throw wrongType(signal, "signal", what);
}

/**
 * Checks that a value is a whole number within bounds.
 *
 * @returns The value.
 * @throws {RangeError} Names the value.
 */
export function checkWhole(
  value: number,
  name: string,
  min: number,
  max: number,
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(
      `Cannot use ${name} as it must be a whole number from ${min} to ${max}: current value is ${
        describeValue(value)
      }`,
    );
  }
  return value;
}

/**
 * Checks a span of time.
 *
 * @returns The span.
 * @throws {TypeError} If the span is not a number.
 * @throws {RangeError} If the span is negative or `NaN`.
 */
export function checkSpan(ms: number, name: string): number {
  if (typeof ms !== "number") {
    throw wrongType(ms, name, "a number of milliseconds");
  }
  if (!(ms >= 0)) {
    throw new RangeError(
      `Cannot use ${name} as it must be 0 or more milliseconds: current value is ${ms}`,
    );
  }
  return ms;
}

/**
 * Checks that a value is one of some words.
 *
 * @throws {RangeError} Names the value.
 */
export function checkOneOf(
  value: string,
  name: string,
  words: readonly string[],
): void {
  if (words.includes(value)) return;
  const list = words.map((word) => `"${word}"`).join(" or ");
  throw new RangeError(
    `Cannot use ${name} as it must be ${list}: current value is ${
      describeValue(value)
    }`,
  );
}

/** The error of a value that must be something else. */
function wrongType(value: unknown, name: string, what: string): TypeError {
  return new TypeError(
    `Cannot use ${name} as it must be ${what}: current value is ${
      describeValue(value)
    }`,
  );
}
