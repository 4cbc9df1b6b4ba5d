import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isNullLength,
  parseLength,
  parseScalar,
} from "../../src/resp/scalars.ts";
import { type Reply, RespSyntaxError } from "../../src/resp/reply.ts";
import { Random } from "../support/random.ts";

const encoder = new TextEncoder();

/** Reads a line that begins with its type byte, from the middle of a buffer. */
function parse(line: string): Reply {
  const bytes = encoder.encode(`12${line}34`);
  return parseScalar(bytes[2]!, bytes, 3, bytes.length - 2);
}

Deno.test("parseScalar() makes minus zero of an integer a plain zero", () => {
  assert(Object.is(parse(":-0"), 0));
  assert(Object.is(parse(",-0"), -0));
});

Deno.test("parseScalar() reads every integer exactly, as a number where that is safe", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const bits = random.int(1, 63);
    const size = (BigInt(random.int(0, 2 ** 32 - 1)) << 32n) |
      BigInt(random.int(0, 2 ** 32 - 1));
    const value = BigInt.asIntN(bits + 1, size);
    const read = parse(`:${value}`);
    assertEquals(BigInt(read as number | bigint), value);
    assertEquals(
      typeof read,
      Number.isSafeInteger(Number(value)) ? "number" : "bigint",
    );
  }
});

Deno.test("parseScalar() reads every double as it was printed", () => {
  const random = new Random(2);
  for (let i = 0; i < 20_000; i++) {
    const value = (random.next() - 0.5) * 10 ** random.int(-300, 300);
    assertEquals(parse(`,${value}`), value);
  }
});

Deno.test("parseScalar() refuses a line that is not a value of its type", () => {
  const { message } = assertThrows(() => parse("@x"), RespSyntaxError);
  assertEquals(message, 'Cannot read "@x" as a RESP value');
});

Deno.test("parseLength() takes its maximum and nothing above", () => {
  const length = (text: string) =>
    parseLength(encoder.encode(text), 0, text.length, 100);
  assertEquals([length("0"), length("100")], [0, 100]);
  const { message } = assertThrows(() => length("101"), RespSyntaxError);
  assertEquals(message, "Cannot read a length of 101 as the most is 100");
});

Deno.test("isNullLength() is true of -1 alone", () => {
  const isNull = (text: string) =>
    isNullLength(encoder.encode(text), 0, text.length);
  assertEquals(
    ["-1", "1", "-2", "-10", "-01", "-", ""].map(isNull),
    [true, false, false, false, false, false, false],
  );
});
