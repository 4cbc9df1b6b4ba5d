import { assert, assertEquals, assertThrows } from "@std/assert";
import { MAX_LINE, ReadBuffer } from "../../src/resp/read_buffer.ts";
import { RespSyntaxError } from "../../src/resp/reply.ts";
import { Random } from "../support/random.ts";

const KIB = 1024;

function put(buffer: ReadBuffer, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) {
    const space = buffer.space();
    const count = Math.min(space.length, bytes.length - offset);
    space.set(bytes.subarray(offset, offset + count));
    buffer.end += count;
    offset += count;
  }
}

function putText(buffer: ReadBuffer, text: string): void {
  put(buffer, new TextEncoder().encode(text));
}

Deno.test("ReadBuffer keeps bytes in order while they come and go", () => {
  const random = new Random(1);
  const buffer = new ReadBuffer();
  let written = 0;
  let taken = 0;
  for (let i = 0; i < 2_000; i++) {
    const most = random.pick([10, 10 * KIB, 300 * KIB]);
    const count = random.int(0, most);
    put(buffer, Uint8Array.from({ length: count }, (_, k) => written + k));
    written += count;
    const held = buffer.end - buffer.start;
    assertEquals(held, written - taken);
    const take = random.chance(0.3) ? held : random.int(0, held);
    for (let k = 0; k < take; k += Math.max(1, take >> 4)) {
      assertEquals(buffer.bytes[buffer.start + k], (taken + k) & 255);
    }
    buffer.start += take;
    taken += take;
    assert(buffer.space().length > 0);
    assert(buffer.bytes.length <= Math.max(1024 * KIB, 4 * held));
  }
});

Deno.test("ReadBuffer gives back the memory of a long value", () => {
  const buffer = new ReadBuffer();
  put(buffer, new Uint8Array(5_000 * KIB));
  assert(buffer.bytes.length >= 5_000 * KIB);
  buffer.start = buffer.end - 10;
  buffer.bytes.set([1, 2, 3], buffer.start);
  buffer.space();
  assertEquals(buffer.bytes.length, 128 * KIB);
  assertEquals([...buffer.bytes.subarray(buffer.start, 3)], [1, 2, 3]);
  assertEquals(buffer.end - buffer.start, 10);
});

Deno.test("ReadBuffer doubles, or grows at once to what is said to come, to eight times its size at most", () => {
  for (
    const [declared, sizes] of [
      [200 * KIB, [128, 256, 512]],
      [3_000 * KIB, [128, 1_024, 3_000, 6_000]],
      [2 ** 40, [128, 1_024, 8_192]],
    ] as const
  ) {
    const buffer = new ReadBuffer();
    put(buffer, new Uint8Array(127 * KIB));
    const seen = [buffer.bytes.length];
    while (seen.length < sizes.length) {
      const space = buffer.space(declared);
      buffer.end += Math.min(space.length, 16 * KIB);
      if (buffer.bytes.length > seen.at(-1)!) seen.push(buffer.bytes.length);
    }
    assertEquals(seen, sizes.map((size) => size * KIB));
  }
});

Deno.test("ReadBuffer begins small, grows with reads that fill it, and no further", () => {
  const buffer = new ReadBuffer();
  const sizes: number[] = [];
  for (let n = 0; n < 11; n++) {
    const space = buffer.space();
    sizes.push(space.length);
    buffer.end += space.length;
    buffer.start = buffer.end;
  }
  assertEquals(
    sizes,
    [1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128].map((n) => n * KIB),
  );
  const quiet = new ReadBuffer();
  for (let n = 0; n < 100; n++) {
    quiet.space();
    quiet.start = quiet.end += 500;
  }
  assertEquals(quiet.bytes.length, KIB);
});

Deno.test("ReadBuffer finds the end of a line in whatever pieces it comes", () => {
  const buffer = new ReadBuffer();
  putText(buffer, "skipped+a lo");
  buffer.start += 7;
  assertEquals(buffer.line(), -1);
  putText(buffer, "ng line\r");
  assertEquals(buffer.line(), -1);
  put(buffer, new Uint8Array());
  putText(buffer, "\n:1\r\n");
  const start = buffer.start;
  const line = buffer.bytes.subarray(start, buffer.line());
  assertEquals(new TextDecoder().decode(line), "+a long line");
  assertEquals(buffer.line() - start, 16);
  assertEquals(buffer.start, buffer.end);
});

Deno.test("ReadBuffer finds the end of a line whose bytes have moved", () => {
  const buffer = new ReadBuffer();
  put(buffer, new Uint8Array(60 * KIB));
  buffer.start = buffer.end;
  buffer.end += 2;
  assertEquals(buffer.line(), -1);
  putText(buffer, "\r\n");
  assertEquals(buffer.line() - 2, 0);
});

Deno.test("ReadBuffer takes a line of MAX_LINE bytes and refuses a longer one", () => {
  for (const end of ["", "\r\n"]) {
    const buffer = new ReadBuffer();
    putText(buffer, "+".repeat(MAX_LINE) + end);
    assertEquals(buffer.line(), end === "" ? -1 : MAX_LINE);
    const longer = new ReadBuffer();
    putText(longer, "+".repeat(MAX_LINE + 1) + end);
    assertThrows(() => longer.line(), RespSyntaxError, "longer than 65536");
  }
});
