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
  const before = openHandles()!;
  {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assertEquals(openHandles(), before + 1);
  }
  assertEquals(openHandles(), before);
});
