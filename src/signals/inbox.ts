/**
 * The channel that a peer holds as long as it lives: others see by it that it
 * does, and reach it alone.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import type { Sink, Subscription, Transport } from "../transport/transport.ts";

/** Holds one peer's channel. */
export class OwnChannel {
  readonly #logger: Logger;
  readonly #consequence: string;
  #subscribing: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #closed = false;

  /** @param consequence What the log says it means if the channel can't be held. */
  constructor(logger: Logger, consequence: string) {
    this.#logger = logger;
    this.#consequence = consequence;
  }

  /** Whether it is held. */
  get held(): boolean {
    return this.#subscription !== undefined;
  }

  /** Holds it, once; a server that refuses is asked no more, and the log tells. */
  hold(transport: Transport, channel: string, sink: Sink): Promise<void> {
    return this.#subscribing ??= this.#subscribe(transport, channel, sink);
  }

  /** Lets go of it; a subscription that is not confirmed yet ends when it is. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#subscription?.close();
  }

  async #subscribe(
    transport: Transport,
    channel: string,
    sink: Sink,
  ): Promise<void> {
    if (this.#closed) return;
    try {
      const subscription = await transport.subscribe([channel], sink);
      if (this.#closed) await subscription.close();
      else this.#subscription = subscription;
    } catch (error) {
      if (this.#closed) return;
      this.#logger.warn(`${this.#consequence}: ${(error as Error).message}`);
    }
  }
}
