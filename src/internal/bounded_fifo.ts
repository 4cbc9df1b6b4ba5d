/**
 * A queue with a limit of items and of bytes: a new item pushes out the oldest
 * items if it would break a limit.
 *
 * @module
 */
import { Fifo } from "./fifo.ts";

/** The bounds of a {@linkcode BoundedFifo}. */
export interface BoundedFifoOptions<T> {
  /** Most items. */
  capacity: number;
  /** Most bytes of all items together; one item alone may have more. */
  maxBytes?: number;
  /** Takes an item that was pushed out. */
  onOverflow?: ((item: T) => void) | undefined;
}

/** An item, and the bytes that it takes. */
export interface Weighed<T> {
  readonly item: T;
  readonly bytes: number;
}

/** First in, first out. */
export class BoundedFifo<T> {
  readonly #options: BoundedFifoOptions<T>;
  readonly #items = new Fifo<Weighed<T>>();
  #bytes = 0;

  constructor(options: BoundedFifoOptions<T>) {
    this.#options = options;
  }

  /** Adds an item. */
  push(item: T, bytes: number): void {
    const { capacity, maxBytes = Infinity, onOverflow } = this.#options;
    while (
      this.#items.size >= capacity ||
      (this.#items.size > 0 && this.#bytes + bytes > maxBytes)
    ) {
      const oldest = this.shift();
      if (oldest !== undefined) onOverflow?.(oldest);
    }
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
  }

  /** Takes the oldest item out; `undefined` if there is none. */
  shift(): T | undefined {
    const oldest = this.#items.shift();
    if (oldest === undefined) return undefined;
    this.#bytes -= oldest.bytes;
    return oldest.item;
  }

  /** Takes all items out, the oldest first. */
  drain(): Weighed<T>[] {
    this.#bytes = 0;
    return this.#items.drain();
  }
}
