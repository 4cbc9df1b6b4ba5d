import { assertEquals } from "@std/assert";
import { Fifo } from "../../src/internal/fifo.ts";
import { Random } from "../support/random.ts";

Deno.test("Fifo gives items back in their order", () => {
  const fifo = new Fifo<string>();
  assertEquals([fifo.size, fifo.peek(), fifo.shift()], [
    0,
    undefined,
    undefined,
  ]);
  fifo.push("a");
  fifo.push("b");
  assertEquals([fifo.size, fifo.peek()], [2, "a"]);
  assertEquals([fifo.shift(), fifo.size, fifo.peek()], ["a", 1, "b"]);
  fifo.push("c");
  assertEquals(fifo.drain(), ["b", "c"]);
  assertEquals([fifo.size, fifo.drain()], [0, []]);
  fifo.push("d");
  assertEquals(fifo.shift(), "d");
});

Deno.test("Fifo does as an array does, however long it gets", () => {
  const random = new Random(7);
  const fifo = new Fifo<number>();
  const model: number[] = [];
  for (let n = 0; n < 30_000; n++) {
    // Grows to thousands, then shrinks, so that its front is given up in between.
    if (random.chance(n < 15_000 ? 0.7 : 0.3)) {
      fifo.push(n);
      model.push(n);
    } else {
      assertEquals(fifo.shift(), model.shift());
    }
    assertEquals(fifo.size, model.length);
    assertEquals(fifo.peek(), model[0]);
  }
  assertEquals(fifo.drain(), model);
});
