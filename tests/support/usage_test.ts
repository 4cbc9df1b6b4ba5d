import { assert, assertEquals } from "@std/assert";
import { heapInUse, openHandles } from "./usage.ts";

Deno.test("heapInUse() includes reachable objects and excludes unreachable ones", () => {
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

Deno.test("openHandles() counts a listener until it is closed", {
  ignore: openHandles() === undefined,
}, () => {
  const counts = () => {
    const before = openHandles()!;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const open = openHandles()! - before;
    listener.close();
    return [open, openHandles()! - before];
  };
  // Test files that run concurrently open and close handles of the same process.
  let counted = counts();
  for (let tries = 0; counted.join() !== "1,0" && tries < 1_000; tries++) {
    counted = counts();
  }
  assertEquals(counted, [1, 0]);
});
