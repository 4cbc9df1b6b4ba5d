import { assert, assertEquals } from "@std/assert";
import {
  roundStep,
  ticksOf,
} from "../../../../src/cli/timeline/page/painting/axis.ts";
import { Viewport } from "../../../../src/cli/timeline/page/view/viewport.ts";

for (
  const [least, step] of [
    [0.0013, 0.002],
    [0.9, 1],
    [3, 5],
    [499, 500],
    [501, 1_000],
    [12_000, 15_000],
    [61_000, 120_000],
    [5_000_000, 7_200_000],
    [100_000_000, 172_800_000],
  ] as const
) {
  Deno.test(`a step of at least ${least} ms is ${step} ms`, () => {
    assertEquals(Math.abs(roundStep(least) / step - 1) < 1e-9, true);
  });
}

Deno.test("ticks are within what is to be seen, and not too close", () => {
  for (const end of [0.5, 900, 61_000, 86_400_000, 1e10]) {
    const viewport = new Viewport(end);
    viewport.width = 1_000;
    const { moments } = ticksOf(viewport);
    assert(moments.length >= 1 && moments.length <= 11, `${moments}`);
    for (const moment of moments) {
      assert(moment >= 0 && moment <= viewport.to);
    }
  }
});
