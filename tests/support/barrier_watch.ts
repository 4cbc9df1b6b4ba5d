/**
 * An observer of a barrier's channel.
 *
 * @module
 */

import { openTransport } from "../../src/connect.ts";
import type { ConnectOptions } from "../../src/connect_options.ts";
import { barrierChannel } from "../../src/protocol/extension/own_channels.ts";
import {
  type BarrierMessage,
  parseBarrierMessage,
} from "../../src/signals/barrier/message.ts";
import { until } from "./wait.ts";

/** Records the messages of the parties, and publishes texts for the test. */
export class BarrierWatch implements AsyncDisposable {
  /** The messages so far. */
  readonly heard: BarrierMessage[] = [];
  /** Publishes any text. */
  readonly say: (text: string) => Promise<number>;
  readonly #close: () => Promise<void>;

  /** Subscribes to the channel. */
  static async open(
    name: string,
    options: ConnectOptions,
  ): Promise<BarrierWatch> {
    const transport = await openTransport(options);
    const channel = barrierChannel(name, options.namespace);
    const watch = new BarrierWatch(
      (text) => transport.publish(channel, text),
      async () => {
        await subscription.close();
        await transport.close();
      },
    );
    const subscription = await transport.subscribe([channel], {
      message: (payload) => {
        const message = parseBarrierMessage(payload);
        if (message !== undefined) watch.heard.push(message);
      },
    });
    return watch;
  }

  private constructor(
    say: (text: string) => Promise<number>,
    close: () => Promise<void>,
  ) {
    this.say = say;
    this.#close = close;
  }

  /** Waits until `count` messages of a kind have arrived. */
  async hears(kind: BarrierMessage["kind"], count = 1): Promise<void> {
    await until(
      () =>
        this.heard.filter((message) => message.kind === kind).length >= count,
      { what: `${count} times "${kind}" on the barrier's channel` },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
