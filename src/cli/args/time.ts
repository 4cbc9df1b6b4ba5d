/**
 * Reads spans of time from the command line.
 *
 * @module
 */
import { UsageError } from "./usage_error.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a span of time.
 *
 * @param text A number and a unit, or `never`; a number without a unit is in seconds.
 * @param name The option.
 * @returns Milliseconds; `Infinity` for `never`.
 * @throws {UsageError} If the text is not a span of time.
 */
export function parseTime(text: string, name: string): number {
  if (text === "never") return Infinity;
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ??
    [];
  if (number === undefined) {
    throw new UsageError(
      `Cannot use ${name} as it must be a time such as 500ms, 30s, 5m, 1h or never: current value is ${
        JSON.stringify(text)
      }`,
    );
  }
  return Number(number) * UNITS[unit]!;
}
