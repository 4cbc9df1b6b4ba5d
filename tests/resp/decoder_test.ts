/**
 * The decoder as tables: every case whole, byte by byte and at every split
 * point, in text and in bytes mode, with a reply behind it that must come too.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Decoder } from "../../src/resp/decoder.ts";
import {
  ErrorReply,
  Push,
  type Received,
  type Reply,
  Unreadable,
} from "../../src/resp/reply.ts";
import { Random } from "../support/random.ts";
import { cuts, decode, drain, write } from "./decoding.ts";
import { randomChunks, randomReply, wire } from "./wire.ts";

const encoder = new TextEncoder();

/** A bulk string: text in one mode, bytes in the other. */
class Bulk {
  readonly content: string;

  constructor(content: string) {
    this.content = content;
  }
}

type Expected = Reply | Bulk | Expected[] | Pushed | Map<Expected, Expected>;

class Pushed {
  readonly items: Expected[];

  constructor(...items: Expected[]) {
    this.items = items;
  }
}

const bulk = (content: string) => new Bulk(content);

function inMode(expected: Expected, mode: "text" | "bytes"): Reply {
  if (expected instanceof Bulk) {
    return mode === "text"
      ? expected.content
      : encoder.encode(expected.content);
  }
  if (expected instanceof Pushed) {
    return new Push(expected.items.map((item) => inMode(item, mode)));
  }
  if (Array.isArray(expected)) {
    return expected.map((item) => inMode(item, mode));
  }
  if (expected instanceof Map) {
    return new Map(
      [...expected].map(([key, value]) =>
        [inMode(key, mode), inMode(value, mode)] as const
      ),
    );
  }
  return expected;
}

const VALUES: [name: string, bytes: string, value: Expected][] = [
  ["a simple string", "+OK\r\n", "OK"],
  ["an empty simple string", "+\r\n", ""],
  ["a simple string that is not ASCII", "+é\r\n", "é"],
  ["a simple string with a bare LF", "+a\nb\r\n", "a\nb"],
  ["an error", "-ERR no\r\n", new ErrorReply("ERR no")],
  ["a bulk error", "!8\r\nERR a\r\nb\r\n", new ErrorReply("ERR a\r\nb")],
  ["zero", ":0\r\n", 0],
  ["minus zero", ":-0\r\n", 0],
  ["a signed integer", ":+12\r\n", 12],
  ["a negative integer", ":-12\r\n", -12],
  ["the last safe integer", ":9007199254740991\r\n", 9007199254740991],
  ["the first safe integer", ":-9007199254740991\r\n", -9007199254740991],
  ["an integer past it", ":9007199254740992\r\n", 9007199254740992n],
  ["an odd integer past it", ":+9007199254740993\r\n", 9007199254740993n],
  ["the last integer", ":9223372036854775807\r\n", 9223372036854775807n],
  ["the first integer", ":-9223372036854775808\r\n", -9223372036854775808n],
  ["a bulk string", "$5\r\nhello\r\n", bulk("hello")],
  ["an empty bulk string", "$0\r\n\r\n", bulk("")],
  ["a bulk string of line breaks", "$4\r\n\r\n\r\n\r\n", bulk("\r\n\r\n")],
  ["a bulk string that is not ASCII", "$9\r\né€😀\r\n", bulk("é€😀")],
  ["a bulk string that keeps its BOM", "$4\r\n\ufeffa\r\n", bulk("\ufeffa")],
  ["a length with leading zeros", "$003\r\nabc\r\n", bulk("abc")],
  ["a null bulk string", "$-1\r\n", null],
  ["a null array", "*-1\r\n", null],
  ["a RESP3 null", "_\r\n", null],
  ["an array", "*2\r\n$1\r\na\r\n:1\r\n", [bulk("a"), 1]],
  ["an empty array", "*0\r\n", []],
  ["arrays in arrays", "*2\r\n*1\r\n*0\r\n*1\r\n:1\r\n", [[[]], [1]]],
  [
    "nulls in an array",
    "*4\r\n$-1\r\n*-1\r\n_\r\n:1\r\n",
    [null, null, null, 1],
  ],
  ["an error in an array", "*1\r\n-ERR\r\n", [new ErrorReply("ERR")]],
  ["a set", "~2\r\n+a\r\n+b\r\n", ["a", "b"]],
  ["an empty set", "~0\r\n", []],
  [
    "a map",
    "%2\r\n$1\r\na\r\n:1\r\n+b\r\n*1\r\n:2\r\n",
    new Map<Expected, Expected>([[bulk("a"), 1], ["b", [2]]]),
  ],
  ["an empty map", "%0\r\n", new Map()],
  [
    "a map that names a key twice",
    "%2\r\n+a\r\n:1\r\n+a\r\n:2\r\n",
    new Map([["a", 2]]),
  ],
  [
    "a map with the key of a prototype",
    "%1\r\n+__proto__\r\n:1\r\n",
    new Map([["__proto__", 1]]),
  ],
  [
    "a push",
    ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n",
    new Pushed(bulk("message"), bulk("c"), bulk("m")),
  ],
  ["an empty push", ">0\r\n", new Pushed()],
  ["a verbatim string", "=8\r\ntxt:text\r\n", bulk("text")],
  ["an empty verbatim string", "=4\r\nmkd:\r\n", bulk("")],
  ["true", "#t\r\n", true],
  ["false", "#f\r\n", false],
  ["a double", ",1.5\r\n", 1.5],
  ["a double without a fraction", ",10\r\n", 10],
  ["a double with an exponent", ",-1.5e-3\r\n", -0.0015],
  ["a double with a great exponent", ",1E+400\r\n", Infinity],
  ["infinity", ",inf\r\n", Infinity],
  ["minus infinity", ",-inf\r\n", -Infinity],
  ["not a number", ",nan\r\n", NaN],
  ["a signed not a number", ",-nan\r\n", NaN],
  [
    "a big number",
    "(-3492890328409238509324850943850943825024385\r\n",
    -3492890328409238509324850943850943825024385n,
  ],
  ["a signed big number", "(+7\r\n", 7n],
];

for (const [name, text, value] of VALUES) {
  Deno.test(`Decoder reads ${name} however it is cut`, () => {
    const bytes = encoder.encode(text + "+next\r\n");
    for (const mode of ["text", "bytes"] as const) {
      const expected = [inMode(value, mode), "next"];
      for (const chunks of cuts(bytes)) {
        assertEquals(decode(chunks, { bulk: mode }), expected);
      }
    }
  });
}

Deno.test("Decoder reads a simple string that is not UTF-8 with U+FFFD for what is not", () => {
  const bytes = [0x2b, 0x61, 0xff, 13, 10];
  assertEquals(decode([new Uint8Array(bytes)]), ["a\ufffd"]);
});

const INVALID_UTF8: [name: string, content: number[]][] = [
  ["a byte that begins nothing", [0xff]],
  ["a sequence cut short", [0x61, 0xe2, 0x82]],
  ["an overlong form", [0xc0, 0x80]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["200 bytes", new Array(200).fill(0x80)],
];

for (const [name, content] of INVALID_UTF8) {
  Deno.test(`Decoder yields Unreadable for ${name} that is not UTF-8 and goes on`, () => {
    const bytes = new Uint8Array([
      ...encoder.encode(`*2\r\n$${content.length}\r\n`),
      ...content,
      ...encoder.encode("\r\n$1\r\na\r\n$2\r\né\r\n"),
    ]);
    const unreadable = new Unreadable("it is not valid UTF-8");
    for (const chunks of cuts(bytes)) {
      assertEquals(decode(chunks), [[unreadable, "a"], "é"]);
    }
    assertEquals(decode([bytes], { bulk: "bytes" }), [
      [new Uint8Array(content), encoder.encode("a")],
      encoder.encode("é"),
    ]);
  });
}

Deno.test("Decoder reads random replies, nested, in random chunks", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const expected = Array.from({ length: 8 }, () => randomReply(random, 4));
    const bytes = encoder.encode(expected.map(wire).join(""));
    const replies = decode(randomChunks(random, bytes));
    assertEquals(replies, expected, `seed ${seed}`);
  }
});

Deno.test("Decoder reads the same in chunks of any size", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const values = Array.from({ length: 30 }, () => randomReply(random, 3));
    const bytes = encoder.encode(values.map(wire).join(""));
    const decoder = new Decoder();
    const replies: Received[] = [];
    for (let start = 0; start < bytes.length;) {
      const space = decoder.space();
      assert(space.length > 0);
      const count = Math.min(
        random.int(1, space.length),
        bytes.length - start,
      );
      space.set(bytes.subarray(start, start + count));
      decoder.commit(count);
      start += count;
      // Not always drained: more may come while replies are still waiting.
      if (random.chance(0.7)) replies.push(...drain(decoder));
      else if (random.chance(0.5)) {
        const reply = decoder.next();
        if (reply !== undefined) replies.push(reply);
      }
    }
    replies.push(...drain(decoder));
    assertEquals(replies, values, `seed ${seed}`);
    assertEquals(decode([bytes]), values, `seed ${seed}`);
    assertEquals(decoder.buffered, 0);
  }
});

Deno.test("Decoder yields bytes that later bytes do not overwrite", () => {
  const decoder = new Decoder({ bulk: "bytes" });
  write(decoder, encoder.encode("$5\r\nfirst\r\n"));
  const first = decoder.next();
  write(decoder, encoder.encode("$5\r\nother\r\n"));
  decoder.space().fill(0);
  assertEquals(first, encoder.encode("first"));
  assertEquals(decoder.next(), encoder.encode("other"));
});

Deno.test("a message that is read at once leaves no trace of what was searched before it", () => {
  const push = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n";
  for (const line of ["_\r\n", "+\r\n", ":1\r\n"]) {
    const bytes = new TextEncoder().encode(
      `${push}${push}${push}${line}+PONG\r\n`,
    );
    const third = push.length * 2;
    for (let split = third + 1; split < third + push.length; split++) {
      const decoder = new Decoder({ messages: true });
      write(decoder, bytes.subarray(0, third));
      decoder.next();
      decoder.next();
      write(decoder, bytes.subarray(third, split));
      assertEquals(decoder.next(), undefined);
      write(decoder, bytes.subarray(split));
      const rest: unknown[] = [];
      for (let each; (each = decoder.next()) !== undefined;) rest.push(each);
      assertEquals(
        [rest.length, rest.at(-1)],
        [3, "PONG"],
        `${line} at ${split}`,
      );
    }
  }
});
