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
}

/** Listens from `open` until it is closed. */
export class ChannelMonitor implements AsyncDisposable, Sink {
  readonly #transport: Transport;
  readonly #signals: string;
  readonly #observations: MessageQueue<Observation>;
  #subscription: Subscription | undefined;
  #dropped = 0;

  private constructor(
    transport: Transport,
    signals: string,
    capacity: number,
  ) {
    this.#transport = transport;
    this.#signals = signals;
    this.#observations = new MessageQueue<Observation>({
      capacity,
      onOverflow: () => this.#dropped++,
    });
  }

  /** Connects and subscribes; resolves when the server has confirmed the subscription. */
  static async open(
    connection: ConnectOptions,
    { responses, capacity = 100_000 }: ChannelMonitorOptions,
  ): Promise<ChannelMonitor> {
    const channels = channelsOf(connection.namespace);
    const transport = await openTransport(connection);
    const monitor = new ChannelMonitor(transport, channels.signals, capacity);
    try {
      monitor.#subscription = await transport.subscribe(
        responses ? [channels.signals, channels.responses] : [channels.signals],
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
      for await (const observation of this.#observations) {
        if (this.#dropped > 0) {
          const count = this.#dropped;
          this.#dropped = 0;
          yield { kind: "dropped", time: observation.time, count };
        }
        yield observation;
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
    const time = Date.now();
    try {
      this.#observations.push(
        channel === this.#signals
          ? {
            kind: "signal",
            time,
            signal: takeTicket(parseSignal(payload)).signal,
          }
          : { kind: "response", time, response: parseResponse(payload) },
      );
    } catch (error) {
      const { message: reason } = error as Error;
      this.#observations.push({
        kind: "malformed",
        time,
        channel,
        reason,
        payload,
      });
    }
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
}
