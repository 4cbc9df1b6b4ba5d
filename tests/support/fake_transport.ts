/**
 * A transport that does what the test says, when it says so.
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

/** Begins the name of every channel that Python peers do not know, after the namespace. */
const OWN = "state-signals:";

interface Subscribed {
  readonly channels: readonly string[];
  readonly sink: Sink;
}

/** A message that somebody publishes. */
export interface Publish {
  readonly channel: string;
  readonly payload: string;
  readonly options: TransportPublishOptions;
  /** Says how many the server counted. */
  confirm(receivers?: number): void;
  /** Says that it did not, and whether the message may have been sent. */
  refuse(outcome: "not-sent" | "unknown"): void;
}

/** Notes what is asked of it. */
export class FakeTransport implements Transport {
  readonly name: string = "fake";
  /** Every publish so far. */
  readonly published: Publish[] = [];
  readonly #subscribed = new Set<Subscribed>();
  /** Whether publishes are confirmed at once. */
  confirming = true;
  /** What a subscription waits for. */
  subscribing: Promise<void> = Promise.resolve();
  /** How many are found on channels that Python peers do not know. */
  subscribers = 1;
  /** Which connection counts them. */
  connection: number | undefined = 1;
  closed = false;

  /** Who is subscribed now to a channel that Python peers know. */
  get sinks(): Sink[] {
    return this.#sinks(({ channels }) => !channels.some(isOwn));
  }

  /** Every channel that somebody is subscribed to now. */
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

  /** Delivers an answer. */
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

  /** Tells every subscriber what happened to the link. */
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
