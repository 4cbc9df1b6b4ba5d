/**
 * Checks of the arguments of callers.
 *
 * @module
 */
import { describeValue } from "./describe_value.ts";
import { didYouMean, nearest } from "./nearest.ts";

/** The names of the options of an interface; one that is missing, or is none of them, is a type error. */
export type Names<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Checks that a value is a string.
 *
 * @throws {TypeError} Names the value.
 */
export function checkText(value: string, name: string): void {
  if (typeof value !== "string") {
    throw new TypeError(mustBe(name, "a string", value));
  }
}

/**
 * Checks that a value is a string with one character at least.
 *
 * @throws {TypeError | RangeError} Names the value.
 */
export function checkFilled(value: string, name: string): void {
  checkText(value, name);
  if (value !== "") return;
  throw new RangeError(
    `Cannot use ${name} as it must not be empty: current value is ""`,
  );
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
  if (!Array.isArray(values)) {
    throw new TypeError(mustBe(name, what, values));
  }
  values.forEach((value, n) => checkText(value, `${name}[${n}]`));
}

/**
 * Checks that a value is an array of strings with one character at least each.
 *
 * @throws {TypeError | RangeError} Names the value, or its first item that is none.
 */
export function checkFilledTexts(
  values: readonly string[],
  name: string,
): void {
  checkTexts(values, name);
  values.forEach((value, n) => checkFilled(value, `${name}[${n}]`));
}

/**
 * Checks that a value is `true` or `false`.
 *
 * @returns The value.
 * @throws {TypeError} Names the value.
 */
export function checkBoolean(value: boolean, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(mustBe(name, "true or false", value));
}

/**
 * Checks that a value is an object with keys: a list has none, and a URL in
 * place of options would do nothing.
 *
 * @throws {TypeError} Shows the value.
 */
export function checkObject(value: object, name: string): void {
  const isObject = typeof value === "object" && value !== null;
  if (isObject && !Array.isArray(value) && !(value instanceof URL)) return;
  throw new TypeError(mustBe(name, "an object", value));
}

/**
 * Checks that options are an object, and that each of its own keys is the name
 * of an option, because a misspelt one would do nothing.
 *
 * @param kind What an option is called in the error.
 * @throws {TypeError} Shows the options, or names the key.
 */
export function checkOptions<Options extends object>(
  options: Options,
  names: Names<NoInfer<Options>>,
  kind = "option",
): void {
  checkObject(options, "options");
  // The loop makes no list of the keys, because each publish and each response comes here (bench d).
  for (const key in options) {
    if (Object.hasOwn(names, key) || !Object.hasOwn(options, key)) continue;
    const known = Object.keys(names);
    throw new TypeError(
      `Cannot use the ${kind} ${key} as there is none of that name${
        didYouMean(nearest(key, known)) || `: there are ${known.join(", ")}`
      }`,
    );
  }
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
  throw new TypeError(mustBe("signal", what, signal));
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
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const what = `a whole number from ${min} to ${max}`;
    throw new RangeError(mustBe(name, what, value));
  }
  return value;
}

/**
 * Checks a span of time.
 *
 * @param least The shortest span.
 * @returns The span.
 * @throws {TypeError} If the span is not a number.
 * @throws {RangeError} If the span is shorter, or `NaN`.
 */
export function checkSpan(ms: number, name: string, least = 0): number {
  if (typeof ms !== "number") {
    throw new TypeError(mustBe(name, "a number of milliseconds", ms));
  }
  if (!(ms >= least)) {
    throw new RangeError(mustBe(name, `${least} or more milliseconds`, ms));
  }
  return ms;
}

/**
 * Checks that a value is a count of 1 or more, or `Infinity`.
 *
 * @returns The value.
 * @throws {RangeError} Names the value.
 */
export function checkCount(value: number, name: string): number {
  return value === Infinity ? value : checkWhole(value, name, 1);
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
  throw new RangeError(mustBe(name, list, value));
}

/**
 * The message of the error for a value that must be something else.
 *
 * @param what What the value must be, in words.
 */
export function mustBe(name: string, what: string, value: unknown): string {
  return `Cannot use ${name} as it must be ${what}: current value is ${
    describeValue(value)
  }`;
}
