/**
 * A JSON writer that refuses a value that `JSON.stringify` would lose in part
 * without an error, and names the place of that part.
 *
 * @module
 */

import { describeValue } from "../../internal/describe_value.ts";
import { MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from "./limits.ts";

/** The options of {@linkcode stringifyJson}. */
export interface StringifyJsonOptions {
  /**
   * The most arrays and objects around a value.
   *
   * @default {500}
   */
  maxDepth?: number;
  /**
   * Writes every number, `NaN` and `1e+20` included, as Python does.
   *
   * @default {false}
   */
  anyNumber?: boolean;
}

/**
 * Writes a value as compact JSON that Python reads as the same value.
 *
 * As `JSON.stringify` does, leaves out undefined properties and calls `toJSON`.
 * Bigints are written as digits.
 *
 * @param value The value.
 * @param path The name of the value in errors, such as `metadata`.
 * @param options The greatest depth, and which numbers are allowed.
 * @returns The JSON text.
 * @throws {TypeError} If a part of the value cannot be written without loss; names
 * the part by its path, such as `metadata.disk[2].iops`.
 */
export function stringifyJson(
  value: unknown,
  path: string,
  options: StringifyJsonOptions = {},
): string {
  return new JsonWriter(path, options).write(value);
}

class JsonWriter {
  readonly #root: string;
  readonly #maxDepth: number;
  readonly #anyNumber: boolean;
  readonly #path: (string | number)[] = [];
  readonly #ancestors = new Set<object>();

  constructor(root: string, options: StringifyJsonOptions) {
    const { maxDepth = MAX_JSON_DEPTH, anyNumber = false } = options;
    this.#root = root;
    this.#maxDepth = maxDepth;
    this.#anyNumber = anyNumber;
  }

  write(value: unknown): string {
    return this.#write(this.#viaToJson(value, ""));
  }

  #write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return JSON.stringify(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return String(value);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? "null" : this.#container(value);
      default:
        throw this.#error("a JSON value", value);
    }
  }

  #number(value: number): string {
    if (!this.#anyNumber) {
      if (!Number.isFinite(value)) throw this.#error("finite", value);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw this.#error("a bigint beyond the safe integers", value);
      }
    }
    return String(value);
  }

  #bigint(value: bigint): string {
    const digits = value.toString();
    if (digits.length - (value < 0n ? 1 : 0) > MAX_INTEGER_DIGITS) {
      throw this.#error(
        `an integer of at most ${MAX_INTEGER_DIGITS} digits`,
        value,
      );
    }
    return digits;
  }

  #container(value: object): string {
    if (this.#ancestors.has(value)) {
      throw this.#error("free of cycles", value);
    }
    if (this.#ancestors.size >= this.#maxDepth) {
      throw this.#error(`nested at most ${this.#maxDepth} levels deep`, value);
    }
    this.#ancestors.add(value);
    const text = Array.isArray(value)
      ? this.#array(value)
      : this.#object(value);
    this.#ancestors.delete(value);
    return text;
  }

  #array(array: readonly unknown[]): string {
    let text = "";
    for (let i = 0; i < array.length; i++) {
      this.#path.push(i);
      if (i > 0) text += ",";
      text += this.#write(this.#viaToJson(array[i], i));
      this.#path.pop();
    }
    return `[${text}]`;
  }

  #object(object: object): string {
    const keys = Object.keys(object);
    if (!isWritable(object, keys.length)) {
      throw this.#error("a plain object or have a toJSON method", object);
    }
    let text = "";
    for (const key of keys) {
      this.#path.push(key);
      const value = this.#viaToJson(
        (object as Record<string, unknown>)[key],
        key,
      );
      if (value !== undefined) {
        if (text !== "") text += ",";
        text += `${JSON.stringify(key)}:${this.#write(value)}`;
      }
      this.#path.pop();
    }
    return `{${text}}`;
  }

  #viaToJson(value: unknown, key: string | number): unknown {
    return hasToJson(value) ? value.toJSON(String(key)) : value;
  }

  #error(requirement: string, value: unknown): TypeError {
    return new TypeError(
      `Cannot encode ${this.#root}${
        this.#path.map(formatStep).join("")
      } as it must be ${requirement}: current value is ${describeValue(value)}`,
    );
  }
}

function hasToJson(
  value: unknown,
): value is { toJSON(key: string): unknown } {
  return typeof value === "object" && value !== null && "toJSON" in value &&
    typeof value.toJSON === "function";
}

/** Whether an object's content is in its keys, unlike that of a Map, an Error or a class with private fields. */
function isWritable(object: object, keyCount: number): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || prototype === Object.prototype ||
    (keyCount > 0 &&
      Object.prototype.toString.call(object) === "[object Object]");
}

function formatStep(step: string | number): string {
  return typeof step === "string" && /^[A-Za-z_$][\w$]*$/.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`;
}
