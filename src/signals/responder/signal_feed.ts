/**
 * Hands every signal to every listener, and keeps what comes while there is none.
 *
 * @module
 */
import { BoundedFifo } from "../../internal/bounded_fifo.ts";
import { checkSignal } from "../../internal/check.ts";
import {
  MessageQueue,
  type MessageQueueOptions,
} from "../../internal/message_queue.ts";
import type { Signal } from "../../protocol/signal/signal.ts";

/** The dependencies of {@linkcode SignalFeed}. */
export interface SignalFeedOptions {
  /** Most signals that wait for one listener, and most that are kept while there is none. */
  capacity: number;
  /** Called with a signal that a full queue dropped. */
  onOverflow(signal: Signal): void;
  /**
   * Whether a signal that is about to be handed out may be.
   *
   * @param isShared Whether other listeners get it, too.
   */
  accepts(signal: Signal, isShared: boolean): boolean;
}

/** Characters of the payloads of all signals that wait for one listener. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The signals of one responder. */
export class SignalFeed {
  /** Another array when they change: signals are handed out from one that does not. */
  #listeners: readonly MessageQueue<Signal>[] = [];
  readonly #queueOptions: MessageQueueOptions<Signal>;
  readonly #backlog: BoundedFifo<Signal>;
  #ended: { cause: unknown } | undefined;

  constructor({ capacity, onOverflow, accepts }: SignalFeedOptions) {
    this.#queueOptions = {
      capacity,
      maxBytes: MAX_CHARACTERS,
      onOverflow,
      accepts: (signal) => accepts(signal, this.isShared),
    };
    this.#backlog = new BoundedFifo(this.#queueOptions);
  }

  /** Whether several listeners get each signal. */
  get isShared(): boolean {
    return this.#listeners.length > 1;
  }

  /**
   * Hands a signal out.
   *
   * @param length How many characters its payload has.
   */
  push(signal: Signal, length: number): void {
    if (this.#listeners.length === 0) this.#backlog.push(signal, length);
    for (const listener of this.#listeners) listener.push(signal, length);
  }

  /** A new listener; the first one gets what was kept. */
  listen(signal?: AbortSignal): MessageQueue<Signal> {
    checkSignal(signal);
    const abort = () => queue.abort(signal!.reason);
    const queue = new MessageQueue<Signal>({
      ...this.#queueOptions,
      onDone: (rest) => {
        signal?.removeEventListener("abort", abort);
        this.#listeners = this.#listeners.filter((each) => each !== queue);
        // A program that leaves a loop and begins another misses nothing in between.
        if (this.#listeners.length === 0) {
          for (const { item, bytes } of rest) this.#backlog.push(item, bytes);
        }
      },
    });
    if (signal?.aborted) {
      queue.abort(signal.reason);
      return queue;
    }
    signal?.addEventListener("abort", abort, { once: true });
    this.#listeners = [...this.#listeners, queue];
    for (const { item, bytes } of this.#backlog.drain()) {
      queue.push(item, bytes);
    }
    if (this.#ended !== undefined) this.#finish(queue, this.#ended.cause);
    return queue;
  }

  /** Ends every listener, now and later: with an error, if a cause is given. */
  end(cause?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { cause };
    for (const listener of this.#listeners) this.#finish(listener, cause);
  }

  #finish(queue: MessageQueue<Signal>, cause: unknown): void {
    if (cause === undefined) queue.end();
    else queue.fail(cause);
  }
}
