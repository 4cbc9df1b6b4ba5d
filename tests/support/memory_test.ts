import { assert } from "@std/assert";
import { heldBytes } from "./memory.ts";

Deno.test("heldBytes() includes reachable objects and excludes unreachable ones", () => {
  const before = heldBytes();
  let bytes: Uint8Array | undefined = new Uint8Array(8_000_000).fill(1);
  let texts: string[] | undefined = Array.from({ length: 100_000 }, String);
  const holding = heldBytes() - before;
  assert(holding > 8_000_000 + 100_000 * 8, `${holding} bytes`);
  assert(bytes.length + texts.length > 0); // keeps both reachable up to here
  bytes = texts = undefined;
  const released = heldBytes() - before;
  assert(released < 1_000_000, `${released} bytes`);
});
