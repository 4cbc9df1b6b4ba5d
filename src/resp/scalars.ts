/**
 * Reads the values that fit on one line of RESP: lengths, integers, booleans,
 * doubles and big numbers. The value stands in `bytes` from `start` to `end`,
 * behind its type byte.
 *
 * @module
 */
import { ErrorReply, type Reply, RespSyntaxError } from "./reply.ts";
import { lossyText } from "./text_reader.ts";

const SIMPLE = 0x2b; // +
const ERROR = 0x2d; // -
const INTEGER = 0x3a; // :
const NULL = 0x5f; // _
const BOOLEAN = 0x23; // #
const DOUBLE = 0x2c; // ,
const BIG_NUMBER = 0x28; // (

const ZERO = 48;
const PLUS = 43;
const MINUS = 45;
/** Digits of the longest 64-bit integer. */
const MAX_INTEGER_DIGITS = 19;
/** Most characters of a number: the time of `BigInt()` grows with their square. */
const MAX_NUMBER_LENGTH = 4096;

/**
 * Reads the value of a line.
 *
 * @param type The type byte of the line.
 * @throws {RespSyntaxError} If the line is not a value of its type.
 */
export function parseScalar(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Reply {
  switch (type) {
    case SIMPLE:
      return lossyText(bytes, start, end);
    case ERROR:
      return new ErrorReply(lossyText(bytes, start, end));
    case INTEGER:
      return parseInteger(bytes, start, end);
    case NULL:
      if (start !== end) throw malformed("null", bytes, start, end);
      return null;
    case BOOLEAN:
      return parseBoolean(bytes, start, end);
    case DOUBLE:
      return parseDouble(bytes, start, end);
    case BIG_NUMBER:
      return parseBigNumber(bytes, start, end);
    default:
      throw malformed("value", bytes, start - 1, end);
  }
}

/** Whether a length is `-1`, the null of RESP2. */
export function isNullLength(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return end - start === 2 && bytes[start] === MINUS &&
    bytes[start + 1] === ZERO + 1;
}

/**
 * Reads a length.
 *
 * @throws {RespSyntaxError} If the line has other characters than digits, or the
 * length is more than `max`.
 */
export function parseLength(
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
): number {
  if (start === end) throw malformed("length", bytes, start, end);
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) throw malformed("length", bytes, start, end);
    value = value * 10 + digit;
    if (value > max) {
      throw new RespSyntaxError(
        `Cannot read a length of ${
          excerpt(bytes, start, end)
        } as the most is ${max}`,
      );
    }
  }
  return value;
}

/** Reads an integer; returns a bigint if a number would round it. */
function parseInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | bigint {
  const isNegative = bytes[start] === MINUS;
  const first = isNegative || bytes[start] === PLUS ? start + 1 : start;
  if (first === end || end - first > MAX_INTEGER_DIGITS) {
    throw malformed("integer", bytes, start, end);
  }
  let value = 0;
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) throw malformed("integer", bytes, start, end);
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return BigInt(latin1(bytes, start, end));
  return isNegative ? 0 - value : value;
}

function parseBoolean(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const text = excerpt(bytes, start, end);
  if (text === "t") return true;
  if (text === "f") return false;
  throw malformed("boolean", bytes, start, end);
}

/** Reads a double. The C library of some servers prints `-nan`. */
function parseDouble(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > MAX_NUMBER_LENGTH) {
    throw malformed("double", bytes, start, end);
  }
  const text = latin1(bytes, start, end);
  if (/^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  if (text === "nan" || text === "-nan") return NaN;
  throw malformed("double", bytes, start, end);
}

function parseBigNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
): bigint {
  if (end - start > MAX_NUMBER_LENGTH) {
    throw malformed("big number", bytes, start, end);
  }
  const text = latin1(bytes, start, end);
  if (!/^[+-]?\d+$/.test(text)) {
    throw malformed("big number", bytes, start, end);
  }
  return BigInt(text);
}

/** The error of a line that is not a value of its type. */
export function malformed(
  what: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): RespSyntaxError {
  const shown = JSON.stringify(excerpt(bytes, start, end));
  return new RespSyntaxError(`Cannot read ${shown} as a RESP ${what}`);
}

/** The first characters of a line. Errors are logged, so a peer must not choose their length. */
function excerpt(bytes: Uint8Array, start: number, end: number): string {
  return latin1(bytes, start, Math.min(end, start + 32));
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
