import { assert } from "@std/assert";
import { heldBytes } from "./memory.ts";

Deno.test("what is held counts, and what was let go does not", () => {
  const before = heldBytes();
  let bytes: Uint8Array | undefined = new Uint8Array(8_000_000).fill(1);
  let texts: string[] | undefined = Array.from({ length: 100_000 }, String);
  const holding = heldBytes() - before;
  assert(holding > 8_000_000 + 100_000 * 8, `${holding} bytes`);
  assert(bytes.length + texts.length > 0); // neither is garbage before this
  bytes = texts = undefined;
  const released = heldBytes() - before;
  assert(released < 1_000_000, `${released} bytes`);
});
