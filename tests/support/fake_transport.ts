/**
 * A transport that does what the test says, when it says so.
 *
 * @module
 */

import type {
  LinkChange,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../../src/transport/transport.ts";

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
  /** Who is subscribed now. */
  readonly sinks: Sink[] = [];
  /** Whether publishes are confirmed at once. */
  confirming = true;
  /** What a subscription waits for. */
  subscribing: Promise<void> = Promise.resolve();
  closed = false;

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
    _channels: readonly string[],
    sink: Sink,
  ): Promise<Subscription> {
    await this.subscribing;
    this.sinks.push(sink);
    return {
      close: () => {
        const index = this.sinks.indexOf(sink);
        if (index >= 0) this.sinks.splice(index, 1);
        return Promise.resolve();
      },
    };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Delivers a message to every subscriber. */
  deliver(payload: string): void {
    for (const sink of [...this.sinks]) sink.message(payload, "a channel");
  }

  /** Delivers an answer. */
  answer(
    { responderId, publisherId, event, ras }: {
      responderId: string;
      publisherId: string;
      event: string;
      ras?: number;
    },
  ): void {
    this.deliver(JSON.stringify({
      responder_id: responderId,
      publisher_id: publisherId,
      event,
      ras,
    }));
  }

  /** Tells every subscriber what happened to the link. */
  change(change: LinkChange): void {
    for (const sink of [...this.sinks]) sink.link?.(change);
  }
}
