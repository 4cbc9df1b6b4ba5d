/**
 * The channel that a peer holds as long as it lives: other peers see by its
 * subscriber that the peer is there, and reach the peer alone on it. It is
 * optional: a server may forbid it.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { isRefused } from "../transport/outcome.ts";
import type { Subscription, Transport } from "../transport/transport.ts";

/** What takes a peer's messages. */
export interface InboxSink {
  /** Takes one message; may throw. */
  message(text: string): void;
  /** Called with the reason for which a message could not be understood. */
  unreadable(reason: string): void;
  /** Called when the inbox is held, and when it is held no more. */
  changed?(held: boolean): void;
}

/** Holds one peer's inbox. */
export class Inbox {
  readonly #logger: Logger;
  readonly #consequence: string;
  #subscribing: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #isHeld = false;
  #isClosed = false;

  /** @param consequence What the log says that follows where the inbox can't be held. */
  constructor(logger: Logger, consequence: string) {
    this.#logger = logger;
    this.#consequence = consequence;
  }

  /** Whether it is held. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Holds it; a server that has refused is not asked again, and the log says so. */
  hold(transport: Transport, channel: string, sink: InboxSink): Promise<void> {
    return this.#subscribing ??= this.#subscribe(transport, channel, sink);
  }

  /** Lets go of it; a subscription that is not confirmed yet ends when it is. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#subscription?.close();
  }

  async #subscribe(
    transport: Transport,
    channel: string,
    sink: InboxSink,
  ): Promise<void> {
    if (this.#isClosed) return;
    const hold = (isHeld: boolean) => {
      this.#isHeld = isHeld;
      sink.changed?.(isHeld);
    };
    const refused = (cause: Error) => {
      hold(false);
      // The call that needs a closed transport reports it.
      if (this.#isClosed || transport.closed) return;
      this.#logger.warn(`${this.#consequence}: ${cause.message}`);
    };
    try {
      const subscription = await transport.subscribe([channel], {
        message: (text) => this.#take(text, sink),
        unreadable: (reason) => this.#isClosed || sink.unreadable(reason),
        link: (change) => {
          if (change.state !== "closed") return;
          // The peer itself reports a link that is lost as a whole.
          if (isRefused(change.cause)) refused(change.cause);
          else hold(false);
        },
      });
      if (this.#isClosed) return await subscription.close();
      this.#subscription = subscription;
      hold(true);
    } catch (error) {
      refused(error as Error);
    }
  }

  #take(text: string, sink: InboxSink): void {
    if (this.#isClosed) return;
    try {
      sink.message(text);
    } catch (error) {
      sink.unreadable(`on an inbox: ${(error as Error).message}`);
    }
  }
}
