/**
 * A queue by due time, from which any item can be taken out at any time.
 *
 * @module
 */

/** An item of a {@linkcode Heap}. */
export interface HeapItem {
  /** The item with the smallest one comes out first. */
  readonly due: number;
  /** Of two items with the same `due`, the one with the smaller order comes out first. */
  readonly order: number;
  /** The item's place in the heap, which only the heap changes; -1 while the item is in no heap. */
  place: number;
}

/** A binary heap: adding the item that is due last takes constant time, every other change logarithmic time. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];

  /** The number of items. */
  get size(): number {
    return this.#items.length;
  }

  /** The item that is due first, left in place. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item. */
  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes an item out, if it is in. */
  remove(item: T): void {
    const { place } = item;
    if (place === -1) return;
    item.place = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  #rise(item: T, place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#items[parent]!;
      if (!isBefore(item, above)) break;
      this.#put(above, place);
      place = parent;
    }
    this.#put(item, place);
  }

  #sink(item: T, place: number): void {
    const { length } = this.#items;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= length) break;
      const right = child + 1;
      if (
        right < length && isBefore(this.#items[right]!, this.#items[child]!)
      ) child = right;
      const below = this.#items[child]!;
      if (!isBefore(below, item)) break;
      this.#put(below, place);
      place = child;
    }
    this.#put(item, place);
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }
}

function isBefore(one: HeapItem, other: HeapItem): boolean {
  return one.due < other.due ||
    one.due === other.due && one.order < other.order;
}
