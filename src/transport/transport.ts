/**
 * The seam between the protocol and whatever carries it: what publishes,
 * subscribes and closes, and what a subscription learns of its link.
 * Types only; `signals/` knows nothing of Redis beyond this page.
 *
 * @module
 */

/**
 * Something that carries messages on named channels: the module's own Redis
 * client, an in-process bus, or an adapter of a connection you already have.
 *
 * @category Transport
 * @example A transport that a test can hand in
 * ```ts
 * import { MemoryTransport } from "@dsa/state-signals/memory";
 * import type { Transport } from "@dsa/state-signals";
 *
 * const transport: Transport = new MemoryTransport();
 * await transport.close();
 * ```
 */
export interface Transport {
  /** Names the other end in errors and logs; never holds credentials. */
  readonly name: string;

  /** Why the server can't be reached now; `undefined` where it can, or where that is not known. */
  readonly trouble?: Error | undefined;

  /** Whether it was closed, so that it carries nothing any more; left out where that is not known. */
  readonly closed?: boolean | undefined;

  /** Bytes of the longest message that it sends; left out where there is no limit. */
  readonly maxPayload?: number | undefined;

  /**
   * Sends one message, at most once: what may already have been sent is never
   * sent again.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait for a link that is down.
   * @returns How many subscribers the server counted.
   * @throws {Error} If the message was not confirmed; a {@linkcode DeliveryError}
   * says whether it may have been sent all the same.
   */
  publish(
    channel: string,
    payload: string,
    options?: TransportPublishOptions,
  ): Promise<number>;

  /**
   * As {@linkcode publish}, but tells a receipt instead of making a promise; left
   * out where a transport gains nothing by that. Where it is there, signals and
   * their answers go by it. Never throws.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait for a link that is down.
   * @param receipt Takes the outcome, once.
   */
  post?(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void;

  /**
   * Subscribes to channels; resolves when the server has confirmed all of them.
   *
   * @param channels The channels' names.
   * @param sink Is called for each message, and when the link changes.
   * @returns The subscription; the caller closes it.
   * @throws {Error} If the server refused, or the link ended for good.
   */
  subscribe(channels: readonly string[], sink: Sink): Promise<Subscription>;

  /**
   * Makes sure that what is published still gets everywhere; left out where a
   * transport can't tell.
   *
   * @returns `false` where it did not, because the server's role has changed.
   * Sinks learn that their link is down and `moved` then.
   */
  verify?(): Promise<boolean>;

  /**
   * Which connection to a server counts subscribers: another number after each
   * reconnect, because the same address may lead to another server. Counts prove
   * nothing where it is left out.
   */
  readonly connection?: number | undefined;

  /**
   * What the server is part of; left out where that is not known. In a cluster
   * each node counts its own subscribers only.
   */
  readonly mode?: "standalone" | "cluster" | undefined;

  /**
   * Which node of a cluster carries the messages, where a transport keeps to the
   * one that its peers use as well: what is published while it names a node goes
   * out there. `null` while the connections lead to different nodes, or one is
   * down; left out where the transport keeps to no node.
   */
  readonly node?: string | null | undefined;

  /**
   * How many subscribers each channel has; left out where a transport can't tell.
   *
   * @param channels The channels' names.
   * @returns As many numbers.
   */
  countSubscribers?(channels: readonly string[]): Promise<number[]>;

  /** Ends every subscription and releases what the transport opened itself. */
  close(): Promise<void>;
}

/**
 * What {@linkcode Transport.publish} takes beside channel and payload.
 *
 * @category Transport
 */
export interface TransportPublishOptions {
  /**
   * Milliseconds to wait for a link that is down before giving up unsent.
   *
   * @default {20_000}
   */
  timeout?: number;
  /** Withdraws the message as long as it has not been sent. */
  signal?: AbortSignal | undefined;
}

/**
 * Takes the outcome of one message, once. Neither its methods nor its getters may throw.
 *
 * @category Transport
 */
export interface Receipt {
  /**
   * The message goes out once more, because the server that had it is a replica
   * whose own subscribers did not get it. It arrives later than messages that
   * were posted after it, and may arrive twice.
   */
  again?(): void;
  /** The message was confirmed, and so many subscribers were counted. */
  sent(receivers: number): void;
  /** It was not confirmed; a {@linkcode DeliveryError} says whether it may have been sent all the same. */
  failed(error: unknown): void;
  /**
   * Aborts when the outcome is not wanted any more: the message is withdrawn as
   * long as it has not been sent. It replaces the signal of the options, because it
   * aborts with that, too. It is made when a transport first reads it.
   */
  readonly over?: AbortSignal | undefined;
}

/**
 * A confirmed subscription.
 *
 * @category Transport
 */
export interface Subscription {
  /** Ends the subscription; its sink is called no more. Idempotent. */
  close(): Promise<void>;
}

/**
 * The receiving end of a subscription. Its methods must not throw.
 *
 * @category Transport
 */
export interface Sink {
  /** One message, in the order of its channel. */
  message(payload: string, channel: string): void;
  /** A message that could not be read as text: not UTF-8, or over the limit. */
  unreadable?(reason: string, channel: string): void;
  /** The link under this subscription changed. */
  link?(change: LinkChange): void;
}

/**
 * What happened to the link under a subscription.
 *
 * @category Transport
 */
export type LinkChange =
  /** Lost: what is published from now on does not arrive here. */
  | {
    readonly state: "down";
    readonly cause: Error;
    /** Whether the server has lost its role, so that responses to what was published may never come. */
    readonly moved?: boolean;
  }
  /**
   * Every channel is subscribed and confirmed again, after so many milliseconds,
   * and so many after the last sign of life on the link before: what was
   * published since that may not have arrived.
   */
  | {
    readonly state: "up";
    readonly downtime: number;
    /** The downtime, where left out. */
    readonly silence?: number;
  }
  /** Lost for good: no attempt to connect follows. */
  | { readonly state: "closed"; readonly cause: Error };

/**
 * The shape of an error from {@linkcode Transport} that tells whether the message
 * may have reached the server.
 *
 * @category Transport
 */
export interface DeliveryError extends Error {
  /** `"not-sent"`: certainly not; `"unknown"`: sent, but never confirmed. */
  readonly outcome: "not-sent" | "unknown";
  /** The first word of the server's refusal: `NOPERM`, `LOADING` …; left out where the server did not refuse. */
  readonly code?: string;
}
