/**
 * A first-in, first-out queue, as a chain of its items, so that an empty queue
 * is one small object: of thousands of queues, most are empty most of the time.
 *
 * @module
 */

interface Slot<T> {
  readonly item: T;
  next: Slot<T> | undefined;
}

/** Holds items in their order. */
export class Fifo<T> {
  #first: Slot<T> | undefined;
  #last: Slot<T> | undefined;
  #size = 0;

  /** The number of items. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    const place = { item, next: undefined };
    if (this.#last === undefined) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    this.#size++;
  }

  /** The oldest item, left in place. */
  peek(): T | undefined {
    return this.#first?.item;
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const place = this.#first;
    if (place === undefined) return undefined;
    this.#first = place.next;
    if (place.next === undefined) this.#last = undefined;
    // Unlinked, because an old slot that waits for collection would keep the young slots behind it.
    else place.next = undefined;
    this.#size--;
    return place.item;
  }

  /** Takes all items out, the oldest first. */
  drain(): T[] {
    const items: T[] = [];
    while (this.#size > 0) items.push(this.shift()!);
    return items;
  }
}
