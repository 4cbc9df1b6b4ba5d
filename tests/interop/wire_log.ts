/**
 * All messages that are published on a server, as a subscriber of all channels
 * receives them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Inbox } from "../support/inbox.ts";
import { RawRedis } from "../support/raw_redis.ts";
import { brokenRule, type WireMessage } from "./wire_rules.ts";

/** Records from its start until its disposal. */
export class WireLog implements AsyncDisposable {
  readonly #subscriber: RawRedis;
  readonly #publisher: RawRedis;
  readonly #messages = new Inbox<WireMessage>();
  readonly #reading: Promise<void>;

  static async start(url: string): Promise<WireLog> {
    const { hostname, port } = new URL(url);
    const connect = () => RawRedis.connect({ hostname, port: Number(port) });
    const subscriber = await connect();
    await subscriber.command("PSUBSCRIBE", "*");
    return new WireLog(subscriber, await connect());
  }

  private constructor(subscriber: RawRedis, publisher: RawRedis) {
    this.#subscriber = subscriber;
    this.#publisher = publisher;
    this.#reading = this.#read();
  }

  /** Publishes a message as it is. */
  async publish({ channel, payload }: WireMessage): Promise<void> {
    await this.#publisher.command("PUBLISH", channel, payload);
  }

  /** The messages published since the last call. */
  async take(): Promise<WireMessage[]> {
    const marker = { channel: "end-of-log", payload: crypto.randomUUID() };
    await this.publish(marker);
    const taken: WireMessage[] = [];
    for (;;) {
      const message = await this.#messages.take({ what: "the wire log" });
      if (message.payload === marker.payload) return taken;
      taken.push(message);
    }
  }

  /** Takes the messages published since the last call, and asserts that none breaks a rule. */
  async assertSafeForPython(): Promise<WireMessage[]> {
    const messages = await this.take();
    const broken = messages.flatMap((message) => {
      const rule = brokenRule(message);
      return rule === undefined ? [] : [{ rule, ...message }];
    });
    assertEquals(broken, []);
    return messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber[Symbol.dispose]();
    this.#publisher[Symbol.dispose]();
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#subscriber.read({ timeout: Infinity });
        const [, , channel, payload] = message as string[];
        this.#messages.put({ channel: channel!, payload: payload! });
      }
    } catch (error) {
      this.#messages.fail(error as Error);
    }
  }
}
