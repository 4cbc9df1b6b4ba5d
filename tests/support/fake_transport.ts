/**
 * A transport whose acts a test controls.
 *
 * @module
 */

import type { Response } from "../../src/protocol/response/response.ts";
import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../../src/transport/transport.ts";

/** The beginning of the own channels, which Python peers do not know, after the namespace. */
const OWN = "state-signals:";

interface Subscribed {
  readonly channels: readonly string[];
  readonly sink: Sink;
}

/** A message that was published, with the means to settle it. */
export interface Publish {
  readonly channel: string;
  readonly payload: string;
  readonly options: TransportPublishOptions;
  /** Confirms the message with the number of receivers. */
  confirm(receivers?: number): void;
  /** Rejects the message with an outcome. */
  refuse(outcome: "not-sent" | "unknown"): void;
}

/** Records publishes and subscriptions. */
export class FakeTransport implements Transport {
  readonly name: string = "fake";
  /** Every publish so far. */
  readonly published: Publish[] = [];
  readonly #subscribed = new Set<Subscribed>();
  /** Whether publishes are confirmed at once. */
  confirming = true;
  /** The promise that a subscription waits for. */
  subscribing: Promise<void> = Promise.resolve();
  /** The number of subscribers counted on each own channel. */
  subscribers = 1;
  /** The number of the connection that counts subscribers. */
  connection: number | undefined = 1;
  closed = false;

  /** The sinks on channels that Python peers know. */
  get sinks(): Sink[] {
    return this.#sinks(({ channels }) => !channels.some(isOwn));
  }

  /** Every channel with a subscription. */
  get channels(): string[] {
    return [...this.#subscribed].flatMap(({ channels }) => channels);
  }

  publish(
    channel: string,
    payload: string,
    options: TransportPublishOptions = {},
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.published.push({
      channel,
      payload,
      options,
      confirm: (receivers = 0) => resolve(receivers),
      refuse: (outcome) =>
        reject(Object.assign(new Error(`It was ${outcome}`), { outcome })),
    });
    if (this.confirming) resolve(0);
    return promise;
  }

  async subscribe(
    channels: readonly string[],
    sink: Sink,
  ): Promise<Subscription> {
    await this.subscribing;
    const subscribed = { channels, sink };
    this.#subscribed.add(subscribed);
    return {
      close: () => {
        this.#subscribed.delete(subscribed);
        return Promise.resolve();
      },
    };
  }

  countSubscribers(channels: readonly string[]): Promise<number[]> {
    return Promise.resolve(channels.map(() => this.subscribers));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Delivers a message on the channels that Python peers know. */
  deliver(payload: string): void {
    for (const sink of this.sinks) sink.message(payload, "a channel");
  }

  /** Delivers a message on one channel. */
  deliverOn(channel: string, payload: string): void {
    const sinks = this.#sinks(({ channels }) => channels.includes(channel));
    for (const sink of sinks) sink.message(payload, channel);
  }

  /** Delivers a response. */
  answer(
    { responderId, publisherId, event, ras, extension }: Response,
  ): void {
    this.deliver(JSON.stringify({
      responder_id: responderId,
      publisher_id: publisherId,
      event,
      ras,
      ...(extension === undefined ? {} : { _ss: { v: 2, ...extension } }),
    }));
  }

  /** Reports a change of the link to every sink. */
  change(change: LinkChange): void {
    for (const sink of this.#sinks(() => true)) sink.link?.(change);
  }

  #sinks(choose: (subscribed: Subscribed) => boolean): Sink[] {
    return [...this.#subscribed].filter(choose).map(({ sink }) => sink);
  }
}

function isOwn(channel: string): boolean {
  return channel.includes(OWN);
}
