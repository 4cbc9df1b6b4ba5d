/**
 * A queue by due time, from which anything can be taken out at any time.
 *
 * @module
 */

/** What a {@linkcode Heap} holds. */
export interface HeapItem {
  /** The smallest comes out first. */
  readonly due: number;
  /** Of two that are due at the same time the smaller comes out first. */
  readonly order: number;
  /** Where the item stands; the heap's own, -1 while it is in none. */
  place: number;
}

/** A binary heap: adding what is due last takes constant time, the rest logarithmic. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];

  /** How many items are held. */
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

  /** Takes an item out; no effect where it is not in. */
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
