/**
 * A first-in, first-out queue whose `shift` takes constant time.
 *
 * @module
 */

/** Places that an empty queue keeps: making them anew for each item would cost more than all else. */
const KEPT = 1024;

/** Holds items in their order. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  /** How many items are held. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  /** The oldest item, left in place. */
  peek(): T | undefined {
    return this.#head === this.#tail ? undefined : this.#items[this.#head];
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#tail) {
      this.#head = this.#tail = 0;
      if (this.#items.length > KEPT) this.#items = [];
    } else if (this.#head >= KEPT && this.#head * 2 >= this.#tail) {
      this.#items = this.#items.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** Takes all items out, oldest first. */
  drain(): T[] {
    const items = this.#items.slice(this.#head, this.#tail) as T[];
    this.#items = [];
    this.#head = this.#tail = 0;
    return items;
  }
}
