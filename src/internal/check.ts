/**
 * Checks of the arguments of callers.
 *
 * @module
 */

/**
 * Checks that a value is a string.
 *
 * @throws {TypeError} Names the value.
 */
export function checkText(value: string, name: string): void {
  if (typeof value !== "string") {
    throw new TypeError(
      `Cannot use ${name} as it must be a string: current value is ${
        String(value)
      }`,
    );
  }
}

/**
 * Checks that a value is an array of strings.
 *
 * @throws {TypeError} Names the value, or its first item that is not a string.
 */
export function checkTexts(values: readonly string[], name: string): void {
  if (!Array.isArray(values)) {
    throw new TypeError(
      `Cannot use ${name} as it must be an array of strings: current value is ${
        String(values)
      }`,
    );
  }
  values.forEach((value, n) => checkText(value, `${name}[${n}]`));
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
        String(value)
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
    throw new TypeError(
      `Cannot use ${name} as it must be a number of milliseconds: current value is ${
        String(ms)
      }`,
    );
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
      String(value)
    }`,
  );
}
