import { write } from "./decoding.ts";
import { assert, assertEquals } from "@std/assert";
import { byteLength } from "../../src/internal/byte_length.ts";
import { Decoder } from "../../src/resp/decoder.ts";
import {
  aggregate,
  bulk,
  command,
  commandHead,
  error,
  integer,
  simple,
  TextWriter,
} from "../../src/resp/encode.ts";
import { ErrorReply } from "../../src/resp/reply.ts";
import { heldBytes } from "../support/memory.ts";
import { Random } from "../support/random.ts";

const encoder = new TextEncoder();

/** UTF-16 code units at which the length in UTF-8 changes, and some between. */
const UNITS = [
  0x00,
  0x61,
  0x7f,
  0x80,
  0x7ff,
  0x800,
  0xd7ff,
  0xd800,
  0xdbff,
  0xdc00,
  0xdfff,
  0xe000,
  0xfeff,
  0xffff,
];

/** A text of any code units: pairs of surrogates, and surrogates alone. */
function randomUnits(random: Random): string {
  const length = random.int(0, 12);
  return String.fromCharCode(
    ...Array.from({ length }, () => random.pick(UNITS)),
  );
}

Deno.test("byteLength() is what TextEncoder writes, lone surrogates too", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const text = randomUnits(random);
    assertEquals(
      byteLength(text),
      encoder.encode(text).length,
      JSON.stringify(text),
    );
  }
});

Deno.test("byteLength() counts long texts in parts, and no pair is cut by that", () => {
  const PART = 16 * 1024;
  const [high, pair] = ["\ud83d", "\ud83d\ude00"];
  for (const length of [255, 256, PART - 1, PART, PART + 1, 2 * PART + 1]) {
    for (const end of ["", "x", "é", high, pair, high + pair]) {
      for (const more of ["", "y", "\ude00", pair.repeat(3)]) {
        const text = "x".repeat(length - end.length) + end + more;
        assertEquals(byteLength(text), encoder.encode(text).length);
      }
    }
    for (const unit of [high, pair, "é", "\u4e16"]) {
      const text = `a${unit.repeat(length)}`;
      assertEquals(byteLength(text), encoder.encode(text).length);
    }
  }
});

Deno.test("byteLength() counts every single code unit", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = String.fromCharCode(unit);
    if (byteLength(text) !== encoder.encode(text).length) {
      throw new Error(`U+${unit.toString(16)}`);
    }
  }
});

Deno.test("bulk() counts bytes, not characters", () => {
  assertEquals(bulk("hello"), "$5\r\nhello\r\n");
  assertEquals(bulk(""), "$0\r\n\r\n");
  assertEquals(bulk("é€😀"), "$9\r\né€😀\r\n");
});

Deno.test("command() is an array of bulk strings", () => {
  assertEquals(
    command(["PUBLISH", "c", "a\r\nb"]),
    "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n",
  );
});

Deno.test("command() is read back as its arguments, whatever is in them", () => {
  const random = new Random(2);
  const decoder = new Decoder({ topLevel: "*" });
  for (let i = 0; i < 2_000; i++) {
    const args = Array.from(
      { length: random.int(1, 5) },
      () => random.pick([randomUnits(random), "\r\n", "*1\r\n$4\r\nPING\r\n"]),
    );
    write(decoder, encoder.encode(command(args)));
    assertEquals(decoder.next(), args.map((arg) => arg.toWellFormed()));
    assertEquals(decoder.next(), undefined);
  }
});

Deno.test("aggregate() and integer() are heads and lines", () => {
  assertEquals(aggregate("*", 3), "*3\r\n");
  assertEquals(aggregate(">", 0), ">0\r\n");
  assertEquals(aggregate("%", 2), "%2\r\n");
  assertEquals(integer(-3), ":-3\r\n");
});

Deno.test("simple() and error() stay one line", () => {
  assertEquals(simple("OK"), "+OK\r\n");
  assertEquals(simple("a\r\n:1\r\nb"), "+a :1 b\r\n");
  assertEquals(error("ERR no"), "-ERR no\r\n");
  assertEquals(error("ERR a\r\n+OK\rb\n\n"), "-ERR a +OK b \r\n");
  const decoder = new Decoder();
  write(decoder, encoder.encode(error("ERR 'GET\r\n+OK\r\n'")));
  assertEquals(decoder.next(), new ErrorReply("ERR 'GET +OK '"));
  assertEquals(decoder.next(), undefined);
});

Deno.test("a writer encodes texts of any length, in any order", () => {
  const writer = new TextWriter();
  const random = new Random(20261127);
  const texts = ["", "a", "ab", "é€😀", "\ud800€€€", "x".repeat(300_000)];
  for (let turn = 0; turn < 500; turn++) {
    const text = random.pick(texts).slice(random.int(0, 2)) +
      randomUnits(random).repeat(random.pick([1, 1, 100]));
    assertEquals(writer.encode(text), encoder.encode(text));
  }
});

Deno.test("a writer makes a new buffer where its own is too small, and there alone", () => {
  // By characters; by bytes alone; by the last byte of the last character.
  for (const text of ["x".repeat(10), "é".repeat(5), "abcdef😀", "\ud800€€€"]) {
    for (let half = 1; half <= byteLength(text); half++) {
      const writer = new TextWriter();
      writer.encode("x".repeat(half));
      const { buffer } = writer.encode("x");
      const bytes = writer.encode(text);
      assertEquals(bytes, encoder.encode(text));
      assertEquals(bytes.buffer === buffer, byteLength(text) <= 2 * half);
    }
  }
});

Deno.test("a writer uses one buffer again", () => {
  const writer = new TextWriter();
  writer.encode("four");
  const bytes = writer.encode("3 e");
  assert(writer.encode("3€").buffer === bytes.buffer);
});

Deno.test("a writer never returns a part of a buffer that it has outgrown", () => {
  const writer = new TextWriter();
  for (const text of ["abc", "one", "x".repeat(100), "two", "3 b"]) {
    assertEquals(writer.encode(text), encoder.encode(text));
  }
});

Deno.test("a writer keeps no buffer of more than 256 KiB", () => {
  const writer = new TextWriter();
  const large = writer.encode("x".repeat(300_000));
  assert(writer.encode("x".repeat(300_000)).buffer !== large.buffer);
  writer.encode("x".repeat(200_000));
  assertEquals(writer.encode("x").buffer.byteLength, 256 * 1024);
});

Deno.test("a writer puts a bulk string behind a head, as a command has it", () => {
  const random = new Random(20261128);
  const heads = ["PUBLISH", "SET"].map((word) => ({
    word,
    bytes: commandHead([word]).bytes,
  }));
  const texts = [
    "",
    "a",
    "x".repeat(9),
    "x".repeat(10),
    "x".repeat(99),
    "é",
    "\u{1f600}",
    "\ud800",
    "€".repeat(40),
    // With its head and its end as much as a buffer that is kept, less, or more.
    ...[-1, 0, 1, 2].map((more) => "x".repeat(256 * 1024 - 40 + more * 10)),
    "x".repeat(300_000) + "é",
  ];
  const writer = new TextWriter();
  for (let turn = 0; turn < 2_000; turn++) {
    // Now and then it gets another buffer, and what is in it is another text.
    writer.encode("y".repeat(random.pick([1, 1, 50, turn])));
    const { word, bytes } = random.pick(heads);
    const text = random.chance(0.5)
      ? random.pick(texts)
      : "z".repeat(random.int(0, 300));
    const written = writer.encodeBulk(bytes, text);
    const expected = encoder.encode(command([word, text]));
    assert(equal(written, expected), `${turn}: ${text.length}`);
  }
});

Deno.test("a writer whose buffer is just too small for a bulk string makes it larger", () => {
  const { bytes } = commandHead(["PUBLISH"]);
  const needed = command(["PUBLISH", "abc"]).length;
  for (let size = 1; size <= needed; size++) {
    // As many bytes as characters may be written, and be not all of them.
    for (const text of ["abc", "€€€", "ab€", "abé"]) {
      const writer = new TextWriter();
      writer.encode("x".repeat(size)); // its buffer is twice that
      assertEquals(
        writer.encodeBulk(bytes, text),
        encoder.encode(command(["PUBLISH", text])),
      );
    }
  }
});

Deno.test("a writer keeps nothing of a bulk string of more than 256 KiB", () => {
  const writer = new TextWriter();
  const { bytes } = commandHead(["PUBLISH"]);
  const large = writer.encodeBulk(bytes, "x".repeat(300_000));
  assert(writer.encodeBulk(bytes, "x".repeat(300_000)).buffer !== large.buffer);
  writer.encodeBulk(bytes, "x".repeat(200_000));
  assertEquals(writer.encodeBulk(bytes, "x").buffer.byteLength, 256 * 1024);
  const huge = "x".repeat(16 * 1024 * 1024);
  writer.encode(huge); // puts the text together
  const before = heldBytes();
  writer.encodeBulk(bytes, huge);
  assert(heldBytes() - before < 8 * 1024 * 1024);
});

/** As assertEquals() would say, in a fraction of its time. */
function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, n) => byte === other[n]);
}
