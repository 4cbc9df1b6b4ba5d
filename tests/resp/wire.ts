/**
 * Random RESP values and how they look on the wire, both from a seed.
 *
 * @module
 */

import { ErrorReply, Push, type Reply } from "../../src/resp/reply.ts";
import type { Random } from "../support/random.ts";

/** A value as RESP3; a string is a bulk string, an array an array. */
export function wire(value: Reply): string {
  if (value === null) return "_\r\n";
  if (typeof value === "string") {
    return `$${new TextEncoder().encode(value).length}\r\n${value}\r\n`;
  }
  if (typeof value === "boolean") return value ? "#t\r\n" : "#f\r\n";
  if (typeof value === "bigint") return `(${value}\r\n`;
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return `:${value}\r\n`;
    return `,${String(value).replace("Infinity", "inf")}\r\n`;
  }
  if (value instanceof ErrorReply) return `-${value.message}\r\n`;
  if (value instanceof Push) return items(">", value.items);
  if (Array.isArray(value)) return items("*", value);
  if (value instanceof Map) {
    return `%${value.size}\r\n${[...value].flat().map(wire).join("")}`;
  }
  throw new TypeError("Cannot write the value as RESP");
}

function items(type: string, values: readonly Reply[]): string {
  return `${type}${values.length}\r\n${values.map(wire).join("")}`;
}

const TEXTS = [
  "",
  "a",
  "\r\n",
  "$-1\r\n",
  "message",
  "event-signal-pubsub",
  "é€😀",
  "\ufeffbyte order mark",
  "\ufffd",
  "\0",
];

/** A text: often one that comes again, sometimes long, sometimes not ASCII. */
export function randomText(random: Random): string {
  if (random.chance(0.5)) return random.pick(TEXTS);
  const unit = random.chance(0.8) ? "x" : "ж";
  return unit.repeat(random.int(0, random.chance(0.1) ? 5000 : 300));
}

/** A value that nests at most `depth` levels. */
export function randomReply(random: Random, depth: number): Reply {
  const kind = random.int(0, depth > 0 ? 11 : 7);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.int(-(2 ** 49), 2 ** 49);
    case 3:
      return (random.next() - 0.5) * 10 ** random.int(0, 200);
    case 4:
      return random.pick([2n ** 63n, -(2n ** 70n), 0n]);
    case 5:
      return new ErrorReply("ERR no reason");
    case 6:
    case 7:
      return randomText(random);
    case 8:
      return new Push(randomReplies(random, depth - 1));
    case 9:
      return new Map(
        randomReplies(random, depth - 1).map((value, i) => [`key ${i}`, value]),
      );
    default:
      return randomReplies(random, depth - 1);
  }
}

function randomReplies(random: Random, depth: number): Reply[] {
  return Array.from(
    { length: random.int(0, 5) },
    () => randomReply(random, depth),
  );
}

/** Cuts bytes into chunks of random sizes, most of them small. */
export function* randomChunks(
  random: Random,
  bytes: Uint8Array,
): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const most = random.pick([1, 8, 100, 5000]);
    const end = start + random.int(1, most);
    yield bytes.subarray(start, end);
    start = end;
  }
}
