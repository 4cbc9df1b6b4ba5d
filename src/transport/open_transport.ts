/**
 * A transport as exporters, responders and barriers use it: it takes receipts,
 * and closing it closes what this module has opened and nothing else.
 *
 * @module
 */
import { atMost } from "../internal/patience.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "./transport.ts";

/** Milliseconds in which a transport that was handed in may end a subscription. */
const CLOSE_PATIENCE = 500;

/** A {@linkcode Transport} that is connected and takes receipts. */
export interface OpenTransport extends Transport {
  /** As {@linkcode Transport.post}; it is always there, and never throws. */
  post: NonNullable<Transport["post"]>;
}

/**
 * A transport that the caller has handed in and keeps: it may lack `post`, its
 * methods may throw, and `close()` leaves it open.
 */
export class BorrowedTransport implements OpenTransport {
  readonly name: string;
  readonly countSubscribers: Transport["countSubscribers"];
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.name = transport.name;
    this.countSubscribers = transport.countSubscribers &&
      ((channels) => transport.countSubscribers!(channels));
    this.#transport = transport;
  }

  get connection(): number | undefined {
    return this.#transport.connection;
  }

  get trouble(): Error | undefined {
    return this.#transport.trouble;
  }

  get closed(): boolean | undefined {
    return this.#transport.closed;
  }

  get maxPayload(): number | undefined {
    return this.#transport.maxPayload;
  }

  get mode(): Transport["mode"] {
    return this.#transport.mode;
  }

  get node(): Transport["node"] {
    return this.#transport.node;
  }

  publish(
    channel: string,
    payload: string,
    options?: TransportPublishOptions,
  ): Promise<number> {
    return this.#transport.publish(channel, payload, options);
  }

  post(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    const transport = this.#transport;
    try {
      if (transport.post !== undefined) {
        return transport.post(channel, payload, options, receipt);
      }
      Promise.resolve(
        transport.publish(channel, payload, withdrawable(options, receipt)),
      ).then(
        (receivers) => receipt.sent(receivers),
        (error) => receipt.failed(error),
      );
    } catch (error) {
      receipt.failed(error);
    }
  }

  async subscribe(
    channels: readonly string[],
    sink: Sink,
  ): Promise<Subscription> {
    const subscription = await this.#transport.subscribe(channels, sink);
    return { close: () => atMost(CLOSE_PATIENCE, subscription.close()) };
  }

  async verify(): Promise<boolean> {
    return await this.#transport.verify?.() ?? true;
  }

  /** Does nothing, because the caller that handed the transport in closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The options with the receipt's signal, which is made when the transport reads it. */
function withdrawable(
  options: TransportPublishOptions,
  receipt: Receipt,
): TransportPublishOptions {
  if (!("over" in receipt)) return options;
  return {
    ...options,
    get signal() {
      return receipt.over ?? options.signal;
    },
  };
}
