/**
 * Seeded mutation fuzz of the RESP decoder: frames that are broken at random
 * are fed whole to one decoder and in random chunks to another, which have to
 * agree.
 *
 *     deno run tests/resp/fuzz.ts --frames 1000000 --seed 1
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Decoder, type DecoderOptions } from "../../src/resp/decoder.ts";
import {
  ErrorReply,
  Push,
  type Reply,
  RespSyntaxError,
  Unreadable,
} from "../../src/resp/reply.ts";
import { Random } from "../support/random.ts";
import { randomChunks, randomReply, wire } from "./wire.ts";

/** What a run of {@linkcode fuzzDecoder} came to. */
export interface FuzzReport {
  frames: number;
  bytes: number;
  yields: number;
  syntaxErrors: number;
}

/** The shortest value: a type byte and a line break. */
const MIN_VALUE_BYTES = 3;
/** What an empty decoder may hold, and how far it may grow beyond what it holds. */
const IDLE_BUFFER = 1024 * 1024;
const GROWTH = 4;
/** Decoders are replaced now and then: a broken length swallows the frames behind it. */
const FRAMES_PER_STREAM = 20;

const TOKENS = [
  "\r\n",
  "\r",
  "\n",
  "-1",
  "*-1\r\n",
  "$-1\r\n",
  "*4294967295\r\n",
  "$4000000000\r\n",
  "*1\r\n",
  "%1\r\n",
  ">2\r\n",
  "$?\r\n",
  "|1\r\n",
  "=3\r\n",
  "!2\r\n",
  ":9223372036854775808\r\n",
  ",nan\r\n",
  "$3\r\n\ufeff\r\n",
  "GET / HTTP/1.1\r\n",
].map((token) => new TextEncoder().encode(token));

const OPTIONS: readonly DecoderOptions[] = [
  { maxBulk: 4096, hardMaxBulk: 8192, maxItems: 64 },
  { maxBulk: 64, hardMaxBulk: 8192, maxItems: 64, maxDepth: 4 },
  { bulk: "bytes", maxBulk: 1024, hardMaxBulk: 8192, maxItems: 64 },
  { topLevel: "*>", maxBulk: 4096, hardMaxBulk: 8192, maxItems: 64 },
];

/**
 * Feeds broken frames to the decoder.
 *
 * @param options How many frames, and the seed that repeats a run.
 * @returns What the decoder made of them.
 * @throws {Error} If it threw anything but a RespSyntaxError, yielded more than
 * was fed, held more than has come, or read chunks otherwise than the whole.
 */
export function fuzzDecoder(
  options: { frames: number; seed: number },
): FuzzReport {
  const random = new Random(options.seed);
  const report = {
    frames: 0,
    bytes: 0,
    yields: 0,
    syntaxErrors: 0,
  };
  try {
    while (report.frames < options.frames) {
      fuzzStream(random, report, options.frames);
    }
  } catch (cause) {
    throw new Error(
      `Failed in frame ${report.frames}: repeat with --seed ${options.seed}`,
      { cause },
    );
  }
  return report;
}

function fuzzStream(random: Random, report: FuzzReport, frames: number): void {
  const options = random.pick(OPTIONS);
  const whole = new Feed(options);
  const chunked = new Feed(options);
  for (let i = 0; i < FRAMES_PER_STREAM && report.frames < frames; i++) {
    const frame = mutate(
      random,
      new TextEncoder().encode(wire(randomReply(random, 3))),
    );
    report.frames++;
    report.bytes += frame.length;
    whole.write(frame);
    for (const chunk of randomChunks(random, frame)) chunked.write(chunk);
    const read = whole.take();
    const readChunked = chunked.take();
    if (read.join("\n") !== readChunked.join("\n")) {
      throw new Error(
        `Cannot read ${JSON.stringify(new TextDecoder().decode(frame))} ` +
          `in one way: ${read} whole, ${readChunked} in chunks`,
      );
    }
    report.yields += read.length;
    if (whole.hasFailed) {
      report.syntaxErrors++;
      return;
    }
  }
}

/** A decoder, what it was fed, and what it yielded in short. */
class Feed {
  readonly #decoder: Decoder;
  #fed = 0;
  #size = 0;
  #read: string[] = [];
  hasFailed = false;

  constructor(options: DecoderOptions) {
    this.#decoder = new Decoder(options);
  }

  write(chunk: Uint8Array): void {
    if (this.hasFailed) return;
    this.#decoder.write(chunk);
    this.#fed += chunk.length;
    try {
      for (let reply; (reply = this.#decoder.next()) !== undefined;) {
        this.#size += sizeOf(reply);
        this.#read.push(inShort(reply));
        if (this.#size > this.#fed) {
          throw new Error(`Yielded ${this.#size} bytes out of ${this.#fed}`);
        }
      }
    } catch (error) {
      if (!(error instanceof RespSyntaxError)) throw error;
      this.hasFailed = true;
      this.#read.push(error.message);
      return;
    }
    const held = this.#decoder.buffered;
    const allocated = this.#decoder.space().buffer.byteLength;
    if (held > this.#fed || allocated > Math.max(IDLE_BUFFER, GROWTH * held)) {
      throw new Error(
        `Holds ${allocated} bytes for ${held} out of ${this.#fed}`,
      );
    }
  }

  take(): string[] {
    const read = this.#read;
    this.#read = [];
    return read;
  }
}

/** Breaks a frame in up to three places; now and then in none. */
function mutate(
  random: Random,
  frame: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  let bytes = frame;
  for (let times = random.int(0, 3); times > 0; times--) {
    const at = random.int(0, bytes.length);
    const end = Math.min(bytes.length, at + random.int(0, 16));
    switch (random.int(0, 5)) {
      case 0:
        bytes = bytes.slice();
        if (at < bytes.length) bytes[at]! ^= 1 << random.int(0, 7);
        break;
      case 1:
        bytes = splice(bytes, at, end, new Uint8Array());
        break;
      case 2:
        bytes = splice(bytes, at, at, bytes.subarray(at, end));
        break;
      case 3:
        bytes = splice(bytes, at, at, random.bytes(random.int(1, 4)));
        break;
      case 4:
        bytes = splice(bytes, at, end, random.pick(TOKENS));
        break;
      default:
        bytes = splice(bytes, at, at, random.pick(TOKENS));
    }
  }
  return bytes;
}

function splice(
  bytes: Uint8Array,
  start: number,
  end: number,
  inserted: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const kept = bytes.length - (end - start);
  const result = new Uint8Array(kept + inserted.length);
  result.set(bytes.subarray(0, start));
  result.set(inserted, start);
  result.set(bytes.subarray(end), start + inserted.length);
  return result;
}

/** The fewest bytes that a value takes on the wire. */
function sizeOf(value: Reply): number {
  const items = itemsOf(value);
  if (items !== undefined) {
    return items.reduce<number>(
      (size, item) => size + sizeOf(item),
      MIN_VALUE_BYTES,
    );
  }
  // Each character comes from a byte at least.
  if (value instanceof ErrorReply) {
    return MIN_VALUE_BYTES + value.message.length;
  }
  if (typeof value === "string" || value instanceof Uint8Array) {
    return MIN_VALUE_BYTES + value.length;
  }
  return MIN_VALUE_BYTES;
}

function itemsOf(value: Reply): readonly Reply[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Push) return value.items;
  if (value instanceof Map) return [...value].flat();
  return undefined;
}

/** Tells any two values apart. */
function inShort(value: Reply): string {
  const items = itemsOf(value);
  if (items !== undefined) {
    return `${value!.constructor.name}(${items.map(inShort).join()})`;
  }
  if (value instanceof Unreadable) return `?${value.reason}`;
  if (value instanceof ErrorReply) return `-${JSON.stringify(value.message)}`;
  if (value instanceof Uint8Array) return `<${value}>`;
  if (typeof value === "string") return JSON.stringify(value);
  return `${typeof value} ${Object.is(value, -0) ? "-0" : value}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    },
  });
  const options = { frames: Number(values.frames), seed: Number(values.seed) };
  // Before the run: a hang can be repeated too.
  console.log(`${options.frames} frames, --seed ${options.seed}`);
  console.log(fuzzDecoder(options));
}
