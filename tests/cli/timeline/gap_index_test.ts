import { assertEquals } from "@std/assert";
import { GapIndex } from "../../../src/cli/timeline/gap_index.ts";
import { Random } from "../../support/random.ts";

Deno.test("a gap is found as by a look at every gap", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const span = () => {
      const from = random.int(0, 20);
      return { from, to: from + random.int(0, 6) };
    };
    const gaps = Array.from(
      { length: random.int(0, 8) },
      () => ({ ...span(), reason: "reset" }),
    );
    const index = new GapIndex(gaps);
    for (let n = 0; n < 20; n++) {
      const { from, to } = span();
      assertEquals(
        index.touches({ from, to }),
        gaps.some((gap) => gap.from <= to && gap.to >= from),
        `seed ${seed}: ${from}-${to} in ${JSON.stringify(gaps)}`,
      );
    }
  }
});
