/**
 * Seeded mutation fuzz of what reads payloads: texts that Python exchanges and
 * random ones, broken at random, must be read or refused, and nothing else.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { parseJson } from "../../src/protocol/json/json.ts";
import { PayloadError } from "../../src/protocol/payload_error.ts";
import {
  parseResponse,
  type Response,
} from "../../src/protocol/response/response.ts";
import type { Signal } from "../../src/protocol/signal/signal.ts";
import { parseSignal } from "../../src/protocol/signal/parser.ts";
import type { FuzzOptions, FuzzReport } from "../support/fuzzing.ts";
import { Random } from "../support/random.ts";
import { randomLayout, randomValue } from "./json/random_json.ts";
import { vectors } from "./vectors.ts";
import { encodeResponse, encodeSignal } from "../support/payloads.ts";

/** Long vectors are left to their own tests: they would take all the time. */
const MAX_SEED_LENGTH = 4_000;

const VALID: readonly string[] = [
  ...vectors.signals_encoded,
  ...vectors.responses_encoded,
  ...vectors.responder_accepts,
  ...vectors.exporter_accepts,
].map(({ payload }) => payload).filter(({ length }) =>
  length <= MAX_SEED_LENGTH
);

const TOKENS: readonly string[] = [
  ...["{", "}", "[", "]", ",", ":", '"', "\\", "'", "-", ".", "e9", " \n"],
  ...["null", "true", "NaN", "-Infinity", "1e999", "-0", "0.0", "007"],
  ...["1180591620717411303424", "9007199254740993", "1".repeat(4301)],
  ...["\ufeff", "\ud800", "\\ud800", "\\u0000", "\0", "\u2028", "\\x"],
  ...['"__proto__":{"polluted":1},', '"constructor":{"prototype":{}},'],
  ...['"toString":1,', '"tag":null,', '"sample_no":1.0,', '"metadata":[],'],
  ...['"\\u0073ample_no":2.5,', '"ras":"1",', '"message":{"a":[NaN]},'],
  ...["[".repeat(600), '{"a":'.repeat(600), "]".repeat(600)],
];

/**
 * Feeds broken payloads to parseJson(), parseSignal() and parseResponse().
 *
 * @param options How many payloads, and the seed that repeats a run.
 * @returns What they made of them; each payload is read three times.
 * @throws {Error} If one of them threw anything but its own error, yielded what
 * is of the wrong type or other than it encodes, or polluted a prototype.
 */
export function fuzzPayloads(
  { frames, seed, progress }: FuzzOptions,
): FuzzReport {
  const random = new Random(seed);
  const report = { frames: 0, bytes: 0, yields: 0, rejections: 0 };
  withoutPollution(() => {
    while (report.frames < frames) {
      progress?.(report.frames);
      const text = mutate(random, randomPayload(random));
      report.frames++;
      report.bytes += text.length;
      for (const read of [readJson, readSignal, readResponse]) {
        if (read(text)) report.yields++;
        else report.rejections++;
      }
    }
  });
  return report;
}

function randomPayload(random: Random): string {
  return random.chance(0.8)
    ? random.pick(VALID)
    : randomLayout(random, randomValue(random));
}

/** Breaks a text in up to three places; now and then in none. */
function mutate(random: Random, text: string): string {
  for (let times = random.int(0, 3); times > 0; times--) {
    const at = random.int(0, text.length);
    const end = Math.min(text.length, at + random.int(0, 24));
    const inserted = random.pick([
      "",
      text.slice(at, end),
      random.pick(TOKENS),
      String.fromCharCode(random.int(0, random.chance(0.5) ? 0x7f : 0xffff)),
    ]);
    text = text.slice(0, at) + inserted +
      text.slice(random.chance(0.5) ? at : end);
  }
  return text;
}

function readJson(text: string): boolean {
  const value = readOr(SyntaxError, () => parseJson(text));
  if (value === undefined) return refusesRightly(text);
  checkPlain(value);
  return true;
}

/** What JSON.parse() reads may only be refused for the limits of Python. */
function refusesRightly(text: string): false {
  const value = readOr(SyntaxError, () => JSON.parse(text));
  const openings = text.match(/[[{]/g)?.length ?? 0;
  if (value !== undefined && openings <= 500 && !/\d{4301}/.test(text)) {
    throw new Error(`Refused what is JSON: ${JSON.stringify(text)}`);
  }
  return false;
}

function readSignal(text: string): boolean {
  const signal = readOr(PayloadError, () => parseSignal(text));
  if (signal === undefined) return false;
  const { publisherId, processName, event, runnerHost, sampleNo, tag } = signal;
  const texts = [publisherId, processName, event, runnerHost, tag];
  if (
    !texts.every((field) => typeof field === "string") ||
    !(typeof sampleNo === "bigint" || Number.isSafeInteger(sampleNo))
  ) throw new Error(`Yielded no signal: ${JSON.stringify(text)}`);
  if (signal.metadata !== undefined) checkPlain(signal.metadata);
  const encoded = encodeOr(() => encodeSignal(signal));
  if (encoded !== undefined) checkSame<Signal>(parseSignal(encoded), signal);
  return true;
}

function readResponse(text: string): boolean {
  const response = readOr(PayloadError, () => parseResponse(text));
  if (response === undefined) return false;
  const { responderId, publisherId, event, ras, message } = response;
  if (
    [responderId, publisherId, event, message ?? ""]
      .some((field) => typeof field !== "string") ||
    typeof (ras ?? 0) !== "number"
  ) throw new Error(`Yielded no response: ${JSON.stringify(text)}`);
  const encoded = encodeOr(() => encodeResponse(response));
  if (encoded !== undefined) {
    checkSame<Response>(parseResponse(encoded), response);
  }
  return true;
}

/** The value; undefined where it is refused as it should be. */
function readOr<T>(
  Refusal: new (...args: never[]) => Error,
  read: () => T,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The text; undefined where there is none, as for NaN, which is only read. */
function encodeOr(encode: () => string): string | undefined {
  try {
    return encode();
  } catch (error) {
    if (/^Cannot encode /.test((error as Error).message)) return undefined;
    throw error;
  }
}

function checkSame<T>(actual: T, expected: T): void {
  if (!isDeepStrictEqual(actual, withoutMinusZero(expected))) {
    throw new Error(
      `Encoded ${Deno.inspect(expected)} as what reads ${Deno.inspect(actual)}`,
    );
  }
}

/** A -0 can be read, and is written as the 0 that it equals. */
function withoutMinusZero(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutMinusZero(item)]),
  );
}

/** Every object is a plain one, whatever its keys are. */
function checkPlain(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    throw new Error(`Yielded an object with a prototype of the sender's`);
  }
  Object.values(value).forEach(checkPlain);
}

/** Deno has no `__proto__` setter; with one in place, whoever assigns to it is caught. */
function withoutPollution(run: () => void): void {
  const prototypes = [Object.prototype, Array.prototype, Function.prototype];
  const accessor = Object.getOwnPropertyDescriptor(
    Object.prototype,
    "__proto__",
  );
  Object.defineProperty(Object.prototype, "__proto__", {
    configurable: true,
    set() {
      throw new Error("A prototype was assigned to");
    },
  });
  const before = prototypes.map(Reflect.ownKeys);
  try {
    run();
    if (!isDeepStrictEqual(prototypes.map(Reflect.ownKeys), before)) {
      throw new Error("A prototype was polluted");
    }
  } finally {
    delete (Object.prototype as { __proto__?: unknown }).__proto__;
    if (accessor) {
      Object.defineProperty(Object.prototype, "__proto__", accessor);
    }
  }
}
