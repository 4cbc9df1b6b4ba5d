import { assert, assertEquals } from "@std/assert";
import { lossyText, TextReader } from "../../src/resp/text_reader.ts";
import { Random } from "../support/random.ts";
import { randomText } from "./wire.ts";

const encoder = new TextEncoder();

/** Texts one after another in a buffer, and where each of them is. */
function layOut(texts: readonly (string | Uint8Array)[]): {
  bytes: Uint8Array;
  ranges: [start: number, end: number][];
} {
  const parts: Uint8Array[] = [];
  const ranges: [number, number][] = [];
  let length = 0;
  for (const text of texts) {
    const part = typeof text === "string" ? encoder.encode(text) : text;
    parts.push(part, encoder.encode("\r\n"));
    ranges.push([length, length + part.length]);
    length += part.length + 2;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return { bytes, ranges };
}

function readAll(
  reader: TextReader,
  texts: readonly (string | Uint8Array)[],
): (string | undefined)[] {
  const { bytes, ranges } = layOut(texts);
  reader.reset();
  return ranges.map(([start, end]) =>
    reader.read(bytes, start, end, bytes.length)
  );
}

Deno.test("TextReader reads texts of every length, ASCII or not", () => {
  const reader = new TextReader();
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const texts = Array.from({ length: 50 }, () => randomText(random));
    assertEquals(readAll(reader, texts), texts, `seed ${seed}`);
  }
});

Deno.test("TextReader reads a burst of ASCII with one text among it that is not", () => {
  const reader = new TextReader();
  for (let at = 0; at < 60; at++) {
    const texts = Array.from({ length: 60 }, (_, i) => `${i} `.repeat(60));
    texts[at] = "ж".repeat(100);
    assertEquals(readAll(reader, texts), texts);
  }
});

Deno.test("TextReader tells bytes that are not UTF-8 from their neighbours", () => {
  const invalid = new Uint8Array(200).fill(0xff);
  const text = "x".repeat(200);
  assertEquals(
    readAll(new TextReader(), [text, invalid, text, invalid, text]),
    [text, undefined, text, undefined, text],
  );
});

Deno.test("TextReader does not take a window of invalid bytes for ASCII", () => {
  const invalid = new Uint8Array(200).fill(0xff);
  assertEquals(
    readAll(new TextReader(), [invalid, invalid, invalid]),
    [undefined, undefined, undefined],
  );
});

Deno.test("TextReader reads bytes anew after reset()", () => {
  const reader = new TextReader();
  const first = Array.from({ length: 30 }, () => "a".repeat(100));
  const other = Array.from({ length: 30 }, () => "b".repeat(100));
  assertEquals(readAll(reader, first), first);
  assertEquals(readAll(reader, other), other);
});

Deno.test("TextReader remembers a short text apart from the buffer", () => {
  const reader = new TextReader();
  const bytes = encoder.encode("message");
  assertEquals(reader.read(bytes, 0, 7, 7), "message");
  bytes.set(encoder.encode("MESSAGE"));
  assertEquals(reader.read(bytes, 0, 7, 7), "MESSAGE");
});

Deno.test("TextReader reads more short texts than it remembers", () => {
  const reader = new TextReader();
  const texts = Array.from({ length: 100 }, (_, i) => `text ${i % 13}`);
  assertEquals(readAll(reader, texts), texts);
});

Deno.test("TextReader keeps a byte order mark, and no half of a sequence for the next text", () => {
  const half = new Uint8Array([0x61, 0xe2, 0x82]);
  const texts = [half, "\ufeffa", half, "\u20ac"];
  assertEquals(readAll(new TextReader(), texts), [
    undefined,
    "\ufeffa",
    undefined,
    "\u20ac",
  ]);
});

Deno.test("lossyText() keeps what is UTF-8", () => {
  const bytes = new Uint8Array([1, 0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 1]);
  assertEquals(lossyText(bytes, 1, 7), "\ufeffa\ufffdb");
  assert(lossyText(bytes, 0, 0) === "");
});

Deno.test("TextReader looks at the bytes that it is given, not at those in the same place before", () => {
  const buffers = [new Uint8Array(8), new Uint8Array(8)];
  const parts = new Uint8Array(16);
  buffers.push(parts.subarray(0, 8), parts.subarray(8));
  const reader = new TextReader();
  for (const [n, text] of ["abc", "ab", "bc", "xyz"].entries()) {
    for (const [m, bytes] of buffers.entries()) {
      for (const start of [0, 2]) {
        const given = `${text}${m}${start}`;
        encoder.encodeInto(given, bytes.subarray(start));
        reader.reset();
        const end = start + given.length;
        assertEquals(reader.read(bytes, start, end, end), given, `turn ${n}`);
      }
    }
  }
});
