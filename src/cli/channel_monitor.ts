/**
 * Listens in on both channels of the protocol, without answering.
 *
 * @module
 */
import { openTransport } from "../connect.ts";
import type { ConnectOptions } from "../connect_options.ts";
import { MessageQueue } from "../internal/message_queue.ts";
import { channelsOf } from "../protocol/channels.ts";
import { takeTicket } from "../protocol/signal/ticketed_signal.ts";
import { parseResponse, type Response } from "../protocol/response/response.ts";
import type { Signal } from "../protocol/signal/signal.ts";
import { parseSignal } from "../protocol/signal/parser.ts";
import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
} from "../transport/transport.ts";

/** A message, or an event of the link; `time` is in milliseconds since 1970. */
export type Observation =
  | {
    readonly kind: "signal";
    readonly time: number;
    readonly signal: Signal;
  }
  | {
    readonly kind: "response";
    readonly time: number;
    readonly response: Response;
  }
  /** A message that is neither a signal nor a response. */
  | {
    readonly kind: "malformed";
    readonly time: number;
    readonly channel: string;
    readonly reason: string;
    readonly payload?: string;
  }
  /** The link is down: messages do not arrive any more. */
  | { readonly kind: "down"; readonly time: number; readonly reason: string }
  /** The link is back; the messages of `missing` milliseconds may be missing. */
  | { readonly kind: "up"; readonly time: number; readonly missing: number }
  /** The reader was too slow: `count` observations were dropped. */
  | { readonly kind: "dropped"; readonly time: number; readonly count: number };

/** The options of a {@linkcode ChannelMonitor}. */
export interface ChannelMonitorOptions {
  /** Whether to listen to responses, too. */
  readonly responses: boolean;
  /** Most observations that may wait for the reader. @default {100_000} */
  readonly capacity?: number;
  /** Bytes of all that may wait to be read; one message alone may have more. @default {67_108_864} */
  readonly maxBytes?: number;
  /** Called when something is dropped for the first time. */
  onDropped?(): void;
}

/** A message as it came. It is parsed when it is read, because what waits must take no more memory than it has bytes. */
interface RawMessage {
  readonly kind: "raw";
  readonly time: number;
  readonly channel: string;
  readonly payload: string;
}

/** Bytes that a message takes beside its text. */
const ENVELOPE = 128;

/**
 * Listens from when it is opened until it is closed.
 *
 * Invariant: what waits to be read is bounded in number and in bytes. What has no
 * room pushes out the oldest, which is counted in a `dropped` observation.
 */
export class ChannelMonitor implements AsyncDisposable, Sink {
  readonly #transport: Transport;
  readonly #signals: string;
  readonly #observations: MessageQueue<Observation | RawMessage>;
  #subscription: Subscription | undefined;
  #dropped = 0;

  private constructor(
    transport: Transport,
    signals: string,
    options: ChannelMonitorOptions,
  ) {
    const { capacity = 100_000, maxBytes = 64 * 1024 * 1024 } = options;
    let isFirst = true;
    this.#transport = transport;
    this.#signals = signals;
    this.#observations = new MessageQueue({
      capacity,
      maxBytes,
      onOverflow: () => {
        this.#dropped++;
        if (isFirst) options.onDropped?.();
        isFirst = false;
      },
    });
  }

  /** Connects and subscribes; resolves when the server has confirmed the subscription. */
  static async open(
    connection: ConnectOptions,
    options: ChannelMonitorOptions,
  ): Promise<ChannelMonitor> {
    const channels = channelsOf(connection.namespace);
    const transport = await openTransport(connection);
    const monitor = new ChannelMonitor(transport, channels.signals, options);
    try {
      monitor.#subscription = await transport.subscribe(
        options.responses
          ? [channels.signals, channels.responses]
          : [channels.signals],
        monitor,
      );
      return monitor;
    } catch (error) {
      await monitor.close();
      throw error;
    }
  }

  /**
   * Yields observations.
   *
   * @param signals End the iteration without an error.
   * @throws {Error} If the link is lost for good.
   */
  async *listen(
    ...signals: readonly AbortSignal[]
  ): AsyncGenerator<Observation> {
    const ended = AbortSignal.any([...signals]);
    const end = () => void this.#observations.return();
    ended.addEventListener("abort", end, { once: true });
    if (ended.aborted) end();
    try {
      for await (const next of this.#observations) {
        if (this.#dropped > 0) {
          const count = this.#dropped;
          this.#dropped = 0;
          yield { kind: "dropped", time: next.time, count };
        }
        yield next.kind === "raw" ? this.#read(next) : next;
      }
    } finally {
      ended.removeEventListener("abort", end);
    }
  }

  /** Unsubscribes, and closes the connection. */
  async close(): Promise<void> {
    this.#observations.return();
    await this.#subscription?.close();
    await this.#transport.close();
  }

  /** As {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  message(payload: string, channel: string): void {
    this.#observations.push(
      { kind: "raw", time: Date.now(), channel, payload },
      payload.length + ENVELOPE,
    );
  }

  unreadable(reason: string, channel: string): void {
    this.#observations.push({
      kind: "malformed",
      time: Date.now(),
      channel,
      reason,
    });
  }

  link(change: LinkChange): void {
    const time = Date.now();
    switch (change.state) {
      case "down":
        this.#observations.push({
          kind: "down",
          time,
          reason: change.cause.message,
        });
        break;
      case "up": {
        const { downtime, silence = downtime } = change;
        this.#observations.push({ kind: "up", time, missing: silence });
        break;
      }
      case "closed":
        this.#observations.fail(change.cause);
    }
  }

  #read({ time, channel, payload }: RawMessage): Observation {
    try {
      if (channel !== this.#signals) {
        return { kind: "response", time, response: parseResponse(payload) };
      }
      const { signal } = takeTicket(parseSignal(payload));
      return { kind: "signal", time, signal };
    } catch (error) {
      const { message: reason } = error as Error;
      return { kind: "malformed", time, channel, reason, payload };
    }
  }
}
