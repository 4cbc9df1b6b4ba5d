/**
 * A bounded queue between a producer that can't wait and a `for await` loop.
 *
 * @module
 */
import {
  BoundedFifo,
  type BoundedFifoOptions,
  type Weighed,
} from "./bounded_fifo.ts";
import { Fifo } from "./fifo.ts";

/** The options of a {@linkcode MessageQueue}. */
export interface MessageQueueOptions<T> extends BoundedFifoOptions<T> {
  /** Called with the item that the consumer is about to get: `false` skips it. Without this function, no item is skipped. */
  accepts?: (item: T) => boolean;
  /** Called once, at the end of the queue, with the items that the consumer will not get. */
  onDone?: (rest: Weighed<T>[]) => void;
}

/** Yields items in the order in which they were pushed. */
export class MessageQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #items: BoundedFifo<T>;
  readonly #waiters = new Fifo<
    PromiseWithResolvers<IteratorResult<T, undefined>>
  >();
  readonly #options: MessageQueueOptions<T>;
  #ended = false;
  #error: { cause: unknown } | undefined;

  constructor(options: MessageQueueOptions<T>) {
    this.#options = options;
    this.#items = new BoundedFifo(options);
  }

  /**
   * Adds an item; a consumer that waits gets it at once.
   *
   * @param bytes The bytes that the item takes.
   */
  push(item: T, bytes = 0): void {
    if (this.#ended) return;
    if (this.#waiters.size > 0) {
      if (!this.#accepts(item)) return;
      this.#waiters.shift()!.resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item, bytes);
  }

  /** Resolves with the next item that is accepted. */
  next(): Promise<IteratorResult<T, undefined>> {
    for (
      let item = this.#items.shift();
      item !== undefined;
      item = this.#items.shift()
    ) {
      if (this.#accepts(item)) {
        return Promise.resolve({ done: false, value: item });
      }
    }
    if (this.#error !== undefined) {
      const { cause } = this.#error;
      this.#error = undefined; // an iterator throws once, and is done after that
      return Promise.reject(cause);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const waiter = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** Ends the queue from the consumer's side. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#finish(undefined, this.#items.drain());
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the queue from the producer's side, after the items in it. */
  end(): void {
    this.#finish(undefined);
  }

  /** Ends the queue with an error, after the items in it. */
  fail(cause: unknown): void {
    this.#finish({ cause });
  }

  /** Ends the queue with an error at once: the consumer does not get the items in it. */
  abort(cause: unknown): void {
    this.#finish({ cause }, this.#items.drain());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #accepts(item: T): boolean {
    return this.#options.accepts?.(item) ?? true;
  }

  #finish(
    error: { cause: unknown } | undefined,
    rest: Weighed<T>[] = [],
  ): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const waiter of this.#waiters.drain()) {
      if (error === undefined) waiter.resolve({ done: true, value: undefined });
      else waiter.reject(error.cause);
      error = undefined;
    }
    this.#error = error;
    this.#options.onDone?.(rest);
  }
}
