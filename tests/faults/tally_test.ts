import { assertEquals } from "@std/assert";
import { Tally } from "./tally.ts";

Deno.test("a tally counts what was tried and what held", async () => {
  const tally = new Tally();
  await tally.try("nothing", () => {});
  await tally.try("a promise", () => Promise.resolve());
  assertEquals(tally.findings("1 ms"), { tried: 2, held: 2, figure: "1 ms" });
});

Deno.test("a try that fails is named, and does not end the others", async () => {
  const tally = new Tally();
  await tally.try("round 1", () => {
    throw new Error("broken");
  });
  await tally.try("round 2", () => Promise.reject(new Error("too late")));
  await tally.try("round 3", () => {});
  assertEquals(tally.findings("1 ms"), {
    tried: 3,
    held: 1,
    figure: "1 ms\n  round 1: broken\n  round 2: too late",
  });
});
