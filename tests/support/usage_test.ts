import { assert, assertEquals } from "@std/assert";
import { heapInUse, openHandles } from "./usage.ts";

Deno.test("what is dropped is not in use, and what is kept is", () => {
  const size = 100_000;
  const before = heapInUse();
  let kept: number[][] | undefined = Array.from(
    { length: size },
    (_, index) => [index],
  );
  assert(heapInUse() - before > size * 8);
  assertEquals(kept.length, size);
  kept = undefined;
  assert(heapInUse() - before < size * 8);
});

Deno.test("open handles are counted", {
  ignore: openHandles() === undefined,
}, () => {
  const counts = () => {
    const before = openHandles()!;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const open = openHandles()! - before;
    listener.close();
    return [open, openHandles()! - before];
  };
  // Test files that run side by side open and close handles of the same process.
  let counted = counts();
  for (let tries = 0; counted.join() !== "1,0" && tries < 1_000; tries++) {
    counted = counts();
  }
  assertEquals(counted, [1, 0]);
});
