/**
 * A JSON writer that refuses what `JSON.stringify` would lose in silence, and
 * says where in the value it stands; at its speed where nothing would be lost.
 *
 * @module
 */

import { describeValue } from "./describe_value.ts";
import { MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from "./limits.ts";

/** How {@linkcode stringifyJson} writes. */
export interface StringifyJsonOptions {
  /**
   * The most arrays and objects around a value.
   *
   * @default {500}
   */
  maxDepth?: number;
  /**
   * Writes every number as it is, `NaN` and `1e+20` included, as Python does.
   *
   * @default {false}
   */
  anyNumber?: boolean;
}

/**
 * Writes a value as compact JSON that Python reads as the same value.
 *
 * Undefined properties are left out and `toJSON` is honoured, as by
 * `JSON.stringify`; bigints are written as digits.
 *
 * @param value The value.
 * @param path What the value is called in errors, such as `metadata`.
 * @param options Where to be more lenient or more strict.
 * @returns The JSON text.
 * @throws {TypeError} If something in the value cannot be written without loss;
 * names it by its path, such as `metadata.disk[2].iops`.
 */
export function stringifyJson(
  value: unknown,
  path: string,
  options: StringifyJsonOptions = {},
): string {
  const { maxDepth = MAX_JSON_DEPTH } = options;
  return isPlain(value, maxDepth, [])
    ? JSON.stringify(value)
    : new JsonWriter(path, options).write(value);
}

/** Whether `JSON.stringify` writes all of a value: going through it first takes a fraction of the time of writing it here. */
function isPlain(
  value: unknown,
  maxDepth: number,
  ancestors: object[],
): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isInteger(value)
        ? Number.isSafeInteger(value)
        : Number.isFinite(value);
    case "object":
      return value === null || isPlainContainer(value, maxDepth, ancestors);
    default:
      return false;
  }
}

function isPlainContainer(
  container: object,
  maxDepth: number,
  ancestors: object[],
): boolean {
  if (ancestors.length >= maxDepth || ancestors.includes(container)) {
    return false;
  }
  if ("toJSON" in container) return false;
  const isArray = Array.isArray(container);
  // Without any prototype it may be what JSON.rawJSON() makes.
  if (!isArray && Object.getPrototypeOf(container) !== Object.prototype) {
    return false;
  }
  ancestors.push(container);
  if (isArray) {
    for (let i = 0; i < container.length; i++) { // holes, too
      if (!isPlain(container[i], maxDepth, ancestors)) return false;
    }
  } else {
    const record = container as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      const value = record[key];
      if (value === undefined) continue;
      if (!isPlain(value, maxDepth, ancestors)) return false;
    }
  }
  ancestors.pop();
  return true;
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

/** What a Map, an Error or a class of private fields holds is not in its keys. */
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
