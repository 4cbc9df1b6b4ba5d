import { assertEquals } from "@std/assert";
import { Heap, type HeapItem } from "../../src/internal/heap.ts";
import { Random } from "../support/random.ts";

class Item implements HeapItem {
  place = -1;
  readonly due: number;
  readonly order: number;

  constructor(due: number, order: number) {
    this.due = due;
    this.order = order;
  }
}

function drain(heap: Heap<Item>): Item[] {
  const items: Item[] = [];
  for (let first; (first = heap.peek()) !== undefined;) {
    heap.remove(first);
    items.push(first);
  }
  return items;
}

Deno.test("items come out by their due time, those of the same in their order, whatever was taken out meanwhile", () => {
  const random = new Random(20261125);
  for (let round = 0; round < 300; round++) {
    const heap = new Heap<Item>();
    const held = new Set<Item>();
    for (let step = 0; step < random.int(1, 80); step++) {
      if (held.size > 0 && random.chance(0.4)) {
        const item = random.pick([...held]);
        heap.remove(item);
        held.delete(item);
      } else {
        const item = new Item(random.int(0, 9), step);
        heap.add(item);
        held.add(item);
      }
      assertEquals(heap.size, held.size);
    }
    const expected = [...held].sort((a, b) =>
      a.due - b.due || a.order - b.order
    );
    assertEquals(drain(heap), expected, `seed ${random.seed}, round ${round}`);
  }
});

Deno.test("an item that is not in the heap can't be taken out", () => {
  const heap = new Heap<Item>();
  const [inside, outside] = [new Item(1, 1), new Item(2, 2)];
  heap.add(inside);
  heap.remove(outside);
  heap.remove(inside);
  heap.remove(inside);
  assertEquals([heap.size, heap.peek(), inside.place], [0, undefined, -1]);
});
