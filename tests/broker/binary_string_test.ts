import { assertEquals } from "@std/assert";
import {
  binaryBulk,
  toBinaryString,
  writeBinaryString,
} from "../../src/broker/binary_string.ts";

Deno.test("bytes of any value and number come back as they were", () => {
  for (const length of [0, 1, 256, 4096, 4097, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i % 256);
    const text = toBinaryString(bytes);
    assertEquals(text.length, length);
    const target = new Uint8Array(length + 2);
    writeBinaryString(text, target, 1);
    assertEquals(target.subarray(1, -1), bytes);
  }
});

Deno.test("a bulk string declares bytes", () => {
  assertEquals(binaryBulk("\xff\r\n"), "$3\r\n\xff\r\n\r\n");
});
