/**
 * What the decoder refuses or skips, and that neither costs memory or time.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Decoder, type DecoderOptions } from "../../src/resp/decoder.ts";
import { RespSyntaxError, Unreadable } from "../../src/resp/reply.ts";
import { cuts, decode, write } from "./decoding.ts";

const encoder = new TextEncoder();

Deno.test("Decoder skips a bulk string over maxBulk and goes on", () => {
  const unreadable = new Unreadable("6 bytes are over the limit of 5");
  for (const type of ["$", "="]) {
    const bytes = encoder.encode(
      `*2\r\n${type}6\r\ntxt:\r\n\r\n$5\r\nabcde\r\n:1\r\n`,
    );
    for (const chunks of cuts(bytes)) {
      const replies = decode(chunks, { maxBulk: 5 });
      assertEquals(replies, [[unreadable, "abcde"], 1]);
    }
  }
});

Deno.test("Decoder keeps nothing of a bulk string that it skips", () => {
  const decoder = new Decoder({ maxBulk: 1000 });
  const length = 8 * 1024 * 1024;
  write(decoder, encoder.encode(`$${length}\r\n`));
  for (let sent = 0; sent < length; sent += 65536) {
    assertEquals(decoder.next(), undefined);
    assertEquals(decoder.buffered, 0);
    write(decoder, new Uint8Array(65536));
  }
  write(decoder, encoder.encode("\r\n+next\r\n"));
  assert(decoder.next() instanceof Unreadable);
  assertEquals(decoder.next(), "next");
  assert(decoder.space().buffer.byteLength <= 2 * 65536);
});

const SYNTAX_ERRORS: [name: string, bytes: string, options?: DecoderOptions][] =
  [
    ["an array of 4294967295", "*4294967295\r\n"],
    ["an array over the limit", "*3\r\n", { maxItems: 2 }],
    ["a map over the limit", "%3\r\n", { maxItems: 2 }],
    ["a bulk string of 4000000000", "$4000000000\r\n"],
    ["a bulk string over the hard limit", "$9\r\n", {
      maxBulk: 4,
      hardMaxBulk: 8,
    }],
    ["a length of 64 digits", `$${"0".repeat(63)}${"9".repeat(64)}\r\n`],
    ["a length of -2", "$-2\r\n"],
    ["a length of -0", "$-0\r\n"],
    ["a signed length", "$+1\r\n"],
    ["no length", "*\r\n"],
    ["a length of letters", "$abc\r\n"],
    ["a streamed string", "$?\r\n"],
    ["a streamed array", "*?\r\n"],
    ["a hexadecimal length", "$0x1\r\n"],
    ["a length with white space", "$ 1\r\n"],
    ["a null push", ">-1\r\n"],
    ["a null map", "%-1\r\n"],
    ["a null set", "~-1\r\n"],
    ["a null verbatim string", "=-1\r\n"],
    ["a null bulk error", "!-1\r\n"],
    ["a bulk error over the limit", "!65537\r\n"],
    ["a bulk string longer than its length", "$1\r\nab\r\n"],
    ["a bulk string with CR alone at its end", "$1\r\na\rb"],
    ["a bulk string with LF alone at its end", "$1\r\nab\n"],
    ["a skipped bulk string longer than its length", "$2\r\nabcd", {
      maxBulk: 1,
    }],
    ["a verbatim string without a format", "=4\r\ntext\r\n"],
    ["a verbatim string that is too short", "=2\r\na:\r\n"],
    ["CR without LF", "+OK\rX"],
    ["an integer without digits", ":\r\n"],
    ["an integer that is a sign", ":-\r\n"],
    ["an integer with a fraction", ":1.5\r\n"],
    ["an integer of 20 digits", ":12345678901234567890\r\n"],
    ["a boolean of another letter", "#x\r\n"],
    ["a boolean of two letters", "#tt\r\n"],
    ["a null with content", "_x\r\n"],
    ["a double of nothing", ",\r\n"],
    ["a double in hexadecimal", ",0x10\r\n"],
    ["a double by another name", ",Infinity\r\n"],
    ["a double of 5,000 characters", `,1.${"0".repeat(5000)}\r\n`],
    ["a big number in hexadecimal", "(0x10\r\n"],
    ["a big number of nothing", "(\r\n"],
    ["a big number of 5,000 digits", `(${"1".repeat(5000)}\r\n`],
    ["an attribute", "|"],
    ["another type", "@"],
    ["another type in an array", "*1\r\n@"],
    ["HTTP", "H"],
    ["a line break", "\r"],
    ["TLS", "\x16"],
    ["a type that is not allowed", "+", { topLevel: "*" }],
    ["nesting over the limit", "*1\r\n~1\r\n*1\r\n", { maxDepth: 2 }],
    ["a line of 64 KiB without an end", "+".repeat(65537)],
  ];

for (const [name, text, options] of SYNTAX_ERRORS) {
  Deno.test(`Decoder refuses ${name} with its last byte at the latest`, () => {
    const bytes = encoder.encode(text);
    const splits = bytes.length < 100 ? cuts(bytes) : [[bytes]];
    for (const chunks of splits) {
      assertThrows(() => decode(chunks, options), RespSyntaxError, "Cannot");
    }
  });
}

Deno.test("Decoder quotes 32 characters of a malformed line at most", () => {
  const { message } = assertThrows(
    () => decode([encoder.encode(`$${"x".repeat(60_000)}\r\n`)]),
    RespSyntaxError,
  );
  assertEquals(
    message,
    `Cannot read "${"x".repeat(32)}" as a RESP length`,
  );
});

Deno.test("Decoder refuses 100,000 levels from the first chunk", () => {
  const decoder = new Decoder();
  write(decoder, encoder.encode("*1\r\n".repeat(100_000)).subarray(0, 65536));
  assertThrows(() => decoder.next(), RespSyntaxError, "16 levels");
  assert(decoder.buffered > 65536 - 100);
});

Deno.test("Decoder reads as many levels as maxDepth allows", () => {
  const depth = 10_000;
  const bytes = encoder.encode("*1\r\n".repeat(depth) + ":1\r\n");
  let value = decode([bytes], { maxDepth: depth })[0];
  let levels = 0;
  for (; Array.isArray(value); levels++) value = value[0];
  assertEquals([levels, value], [depth, 1]);
});

Deno.test("Decoder allows types inside an array that it refuses at top level", () => {
  const bytes = encoder.encode("*1\r\n:1\r\n");
  assertEquals(decode([bytes], { topLevel: "*" }), [[1]]);
});

Deno.test("Decoder allocates nothing for lengths that are only declared", () => {
  const { heapUsed, external } = Deno.memoryUsage();
  const decoders = Array.from({ length: 20 }, () => {
    const decoder = new Decoder({ maxBulk: 2 ** 29 });
    write(decoder, encoder.encode("*1048576\r\n%1048576\r\n$536870912\r\nabc"));
    assertEquals(decoder.next(), undefined);
    return decoder;
  });
  const now = Deno.memoryUsage();
  assert(now.heapUsed + now.external - heapUsed - external < 16 * 1024 * 1024);
  for (const decoder of decoders) {
    assert(decoder.space().buffer.byteLength <= 65536);
  }
});

Deno.test("Decoder moves the bytes of a growing bulk string twice at most", () => {
  const decoder = new Decoder();
  const length = 16 * 1024 * 1024;
  write(decoder, encoder.encode(`$${length}\r\n`));
  let moved = 0;
  let { buffer, byteOffset } = decoder.space();
  for (let sent = 0; sent < length; sent += 16 * 1024) {
    const space = decoder.space();
    if (space.buffer !== buffer || space.byteOffset < byteOffset) {
      moved += decoder.buffered;
    }
    ({ buffer, byteOffset } = space);
    decoder.commit(16 * 1024);
    assertEquals(decoder.next(), undefined);
  }
  assert(moved < 2 * length, `moved ${moved} bytes`);
});

Deno.test("Decoder takes no longer for one great bulk string than for many small ones", () => {
  const chunk = new Uint8Array(64 * 1024).fill(97);
  const timeOf = (count: number, chunks: number) => {
    const began = performance.now();
    for (let n = 0; n < count; n++) {
      const decoder = new Decoder();
      write(decoder, encoder.encode(`$${chunks * chunk.length}\r\n`));
      for (let i = 0; i < chunks; i++) {
        assertEquals(decoder.next(), undefined);
        write(decoder, chunk);
      }
      write(decoder, encoder.encode("\r\n"));
      assertEquals((decoder.next() as string).length, chunks * chunk.length);
    }
    return performance.now() - began;
  };
  const best = (count: number, chunks: number) =>
    Math.min(...[1, 2, 3].map(() => timeOf(count, chunks)));
  // The same bytes in all: as long if linear, 32 times as long if quadratic.
  const ratio = best(1, 512) / best(32, 16);
  assert(ratio < 16, `32 MiB took ${ratio.toFixed(1)} times as long`);
});
