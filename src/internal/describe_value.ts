/**
 * Shows values in error messages.
 *
 * @module
 */

const MAX_LENGTH = 60;

/**
 * Shows a value in an error message.
 *
 * @param value Anything.
 * @returns The value itself if it is short, otherwise its kind.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > MAX_LENGTH
        ? `${JSON.stringify(value.slice(0, MAX_LENGTH))}...`
        : JSON.stringify(value);
    case "bigint":
      return `${shorten(value.toString())}n`;
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value)
        ? "an array"
        : Object.prototype.toString.call(value);
    default:
      return String(value);
  }
}

function shorten(digits: string): string {
  return digits.length > MAX_LENGTH
    ? `${digits.slice(0, MAX_LENGTH)}...`
    : digits;
}
