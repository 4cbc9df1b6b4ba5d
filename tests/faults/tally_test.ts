import { assertEquals, assertMatch } from "@std/assert";
import { Tally } from "./tally.ts";

Deno.test("a tally counts its tries and the tries that held", async () => {
  const tally = new Tally();
  await tally.try("nothing", () => {});
  await tally.try("a promise", () => Promise.resolve());
  assertEquals(tally.findings("1 ms"), { tried: 2, held: 2, figure: "1 ms" });
});

Deno.test("a try that fails is named and does not end the others", async () => {
  const tally = new Tally();
  await tally.try("round 1", () => {
    throw new Error("broken");
  });
  await tally.try("round 2", () => Promise.reject(new RangeError("too late")));
  await tally.try("round 3", () => {});
  const { tried, held, figure } = tally.findings("1 ms");
  assertEquals([tried, held], [3, 1]);
  assertMatch(
    figure,
    /^1 ms\n {2}round 1: Error: broken\n[^]*\n {2}round 2: RangeError: too late\n/,
  );
});

Deno.test("a tally tries no more after three failures", async () => {
  const tally = new Tally();
  const broken = () => Promise.reject(new Error("broken"));
  for (let round = 1; round <= 4; round++) await tally.try("it", broken);
  const { tried, held } = tally.findings("");
  assertEquals([tried, held], [3, 0]);
});
