import { assert, assertEquals } from "@std/assert";
import { fuzzDecoder } from "./fuzz.ts";

for (const use of ["client", "broker"] as const) {
  Deno.test(`the ${use}'s decoder survives 10,000 broken frames`, () => {
    const report = fuzzDecoder(use, { frames: 10_000, seed: 20_240_229 });
    assertEquals(report.frames, 10_000);
    assert(report.yields > 2_000, `${report.yields} yields`);
    assert(report.rejections > 2_000, `${report.rejections} rejections`);
  });
}

Deno.test("fuzzDecoder() does the same again for the same seed", () => {
  const first = fuzzDecoder("client", { frames: 500, seed: 7 });
  assertEquals(fuzzDecoder("client", { frames: 500, seed: 7 }), first);
  const other = fuzzDecoder("client", { frames: 500, seed: 8 });
  assert(other.bytes !== first.bytes);
});
