import { assert, assertEquals } from "@std/assert";
import { fuzzPayloads } from "./fuzz.ts";

Deno.test("10,000 broken payloads are read or refused, and nothing else", () => {
  const report = fuzzPayloads({ frames: 10_000, seed: 20_240_229 });
  assertEquals(report.frames, 10_000);
  assertEquals(report.yields + report.rejections, 3 * 10_000);
  assert(report.yields > 5_000, `${report.yields} yields`);
  assert(report.rejections > 5_000, `${report.rejections} rejections`);
});

Deno.test("fuzzPayloads() does the same again for the same seed", () => {
  const first = fuzzPayloads({ frames: 500, seed: 7 });
  assertEquals(fuzzPayloads({ frames: 500, seed: 7 }), first);
  assert(fuzzPayloads({ frames: 500, seed: 8 }).bytes !== first.bytes);
});
