import { assert, assertEquals } from "@std/assert";
import { fuzzDecoder } from "./fuzz.ts";

Deno.test("Decoder survives 20,000 broken frames", () => {
  const report = fuzzDecoder({ frames: 20_000, seed: 20_240_229 });
  assertEquals(report.frames, 20_000);
  assert(report.yields > 10_000);
  assert(report.syntaxErrors > 5_000);
});

Deno.test("fuzzDecoder() does the same again for the same seed", () => {
  const first = fuzzDecoder({ frames: 500, seed: 7 });
  assertEquals(fuzzDecoder({ frames: 500, seed: 7 }), first);
  assert(fuzzDecoder({ frames: 500, seed: 8 }).bytes !== first.bytes);
});
