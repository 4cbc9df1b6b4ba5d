/**
 * Seeded mutation fuzz of the RESP decoder, as the client and as the broker use
 * it: frames that are broken at random are fed whole to one decoder and in
 * random chunks to another, which have to agree.
 *
 * @module
 */

import { write } from "./decoding.ts";
import { Decoder, type DecoderOptions } from "../../src/resp/decoder.ts";
import {
  ErrorReply,
  Message,
  Push,
  type Received,
  RespSyntaxError,
  Unreadable,
} from "../../src/resp/reply.ts";
import type { FuzzOptions, FuzzReport } from "../support/fuzzing.ts";
import { Random } from "../support/random.ts";
import { randomChunks, randomReply, randomText, wire } from "./wire.ts";

/** Who decodes: replies as text, or commands as bytes. */
export type DecoderUse = "client" | "broker";

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

const LIMITS: DecoderOptions = {
  maxBulk: 4096,
  hardMaxBulk: 8192,
  maxItems: 64,
};

const OPTIONS: Readonly<Record<DecoderUse, readonly DecoderOptions[]>> = {
  client: [
    LIMITS,
    { ...LIMITS, maxBulk: 64, maxDepth: 4 },
    { ...LIMITS, topLevel: "*>" },
    { ...LIMITS, messages: true },
    { ...LIMITS, messages: true, maxBulk: 64 },
  ],
  broker: [
    { ...LIMITS, bulk: "bytes", maxDepth: 1, topLevel: "*" },
    { ...LIMITS, bulk: "bytes", maxDepth: 1, topLevel: "*", maxBulk: 64 },
  ],
};

/**
 * Feeds broken frames to the decoder.
 *
 * @param use Which of its uses.
 * @param options How many frames, and the seed that repeats a run.
 * @returns What the decoder made of them.
 * @throws {Error} If it threw anything but a RespSyntaxError, yielded more than
 * was fed, held more than has come, or read chunks otherwise than the whole.
 */
export function fuzzDecoder(
  use: DecoderUse,
  { frames, seed, progress }: FuzzOptions,
): FuzzReport {
  const random = new Random(seed);
  const report = { frames: 0, bytes: 0, yields: 0, rejections: 0 };
  while (report.frames < frames) {
    progress?.(report.frames);
    fuzzStream(use, random, report, frames);
  }
  return report;
}

function fuzzStream(
  use: DecoderUse,
  random: Random,
  report: FuzzReport,
  frames: number,
): void {
  const options = random.pick(OPTIONS[use]);
  const whole = new Feed(options);
  const chunked = new Feed(options);
  for (let i = 0; i < FRAMES_PER_STREAM && report.frames < frames; i++) {
    const value = use === "broker"
      ? randomCommand(random)
      : random.chance(0.5)
      ? randomReply(random, 3)
      : randomMessage(random);
    const frame = mutate(random, new TextEncoder().encode(wire(value)));
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
    if (whole.hasFailed) {
      report.yields += read.length - 1;
      report.rejections++;
      return;
    }
    report.yields += read.length;
  }
}

/** Often of the channel of the one before. */
function randomMessage(random: Random): Push | string[] {
  const channel = random.chance(0.9) ? "a" : "b";
  const items = ["message", channel, randomText(random)];
  return random.chance(0.9) ? new Push(items) : items;
}

function randomCommand(random: Random): string[] {
  return Array.from({ length: random.int(1, 4) }, () => randomText(random));
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
    write(this.#decoder, chunk);
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
function sizeOf(value: Received): number {
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

function itemsOf(value: Received): readonly Received[] | undefined {
  if (value instanceof Message) return [value.channel, value.payload];
  if (Array.isArray(value)) return value;
  if (value instanceof Push) return value.items;
  if (value instanceof Map) return [...value].flat();
  return undefined;
}

/** Tells any two values apart. */
function inShort(value: Received): string {
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
