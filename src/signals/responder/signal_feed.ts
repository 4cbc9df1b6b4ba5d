/**
 * Hands every signal to every listener, and keeps what comes while there is none.
 *
 * @module
 */
import { Fifo } from "../../internal/fifo.ts";
import { MessageQueue } from "../../internal/message_queue.ts";
import type { Signal } from "../../protocol/signal/signal.ts";

/** What a {@linkcode SignalFeed} needs to know. */
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

/** The signals of one responder. */
export class SignalFeed {
  readonly #options: SignalFeedOptions;
  /** Another array when they change: signals are handed out from one that does not. */
  #listeners: readonly MessageQueue<Signal>[] = [];
  readonly #backlog = new Fifo<Signal>();
  readonly #filter = {
    accept: (signal: Signal): boolean =>
      this.#options.accepts(signal, this.#listeners.length > 1),
  };
  #ended: { cause: unknown } | undefined;

  constructor(options: SignalFeedOptions) {
    this.#options = options;
  }

  /** Hands a signal out. */
  push(signal: Signal): void {
    if (this.#listeners.length === 0) return this.#keep(signal);
    for (const listener of this.#listeners) listener.push(signal);
  }

  /** A new listener; the first one gets what was kept. */
  listen(signal?: AbortSignal): MessageQueue<Signal> {
    const abort = () => queue.abort(signal!.reason);
    const queue = new MessageQueue<Signal>({
      capacity: this.#options.capacity,
      filter: this.#filter,
      onOverflow: (each) => this.#options.onOverflow(each),
      onDone: (rest) => {
        signal?.removeEventListener("abort", abort);
        this.#listeners = this.#listeners.filter((each) => each !== queue);
        // A program that leaves a loop and begins another misses nothing in between.
        if (this.#listeners.length === 0) {
          rest.forEach((each) => this.#keep(each));
        }
      },
    });
    if (signal?.aborted) {
      queue.abort(signal.reason);
      return queue;
    }
    signal?.addEventListener("abort", abort, { once: true });
    this.#listeners = [...this.#listeners, queue];
    for (const kept of this.#backlog.drain()) queue.push(kept);
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

  #keep(signal: Signal): void {
    if (this.#backlog.size >= this.#options.capacity) {
      const oldest = this.#backlog.shift();
      if (oldest !== undefined) this.#options.onOverflow(oldest);
    }
    this.#backlog.push(signal);
  }
}
