/**
 * A Redis inside the test, and clients of it with the interface of x/redis.
 *
 * @module
 */

import type {
  DenoRedisClient,
  DenoRedisEvent,
  DenoRedisMessage,
  DenoRedisSubscription,
} from "../../src/adapters/deno_redis.ts";
import {
  emit,
  TypedEventTarget,
} from "../../src/internal/typed_event_target.ts";
import { Inbox } from "./inbox.ts";

/** The server of all clients. */
export class FakeRedis {
  readonly clients: FakeClient[] = [];
  /** Every PUBLISH so far, such as `news: hello`, except on the own channels. */
  readonly published: string[] = [];
  /** Every channel with a PUBLISH so far. */
  readonly channels = new Set<string>();
  /** Holds back every SUBSCRIBE until this promise resolves. */
  subscribing: Promise<void> = Promise.resolve();
  /** Channels whose SUBSCRIBE is refused. */
  readonly forbidden = new Set<string>();

  /** Makes a client, like `connect` of x/redis. */
  readonly connect = (): Promise<FakeClient> => {
    const client = new FakeClient(this);
    this.clients.push(client);
    return Promise.resolve(client);
  };

  /** Delivers a message; returns the number of receivers. */
  publish(channel: string, payload: string | Uint8Array): number {
    this.channels.add(channel);
    if (!channel.startsWith("state-signals:")) {
      this.published.push(`${channel}: ${payload}`);
    }
    const message = typeof payload === "string"
      ? new TextEncoder().encode(payload)
      : payload;
    const receivers = this.clients.filter((each) => each.hears(channel));
    for (const each of receivers) each.receive({ channel, message });
    return receivers.length;
  }

  /** The number of subscribers of a channel. */
  subscribers(channel: string): number {
    return this.clients.filter((each) => each.hears(channel)).length;
  }
}

/** An error reply of the server, like the error that x/redis throws. */
export class FakeErrorReply extends Error {}

/** One client; a lost connection comes back only by a call of the test. */
export class FakeClient
  extends TypedEventTarget<Record<DenoRedisEvent, CustomEvent>>
  implements DenoRedisClient {
  isClosed = false;
  isConnected = true;
  /** Whether replies get lost, in tests that lose the connection next. */
  mute = false;
  /** The number of read loops; x/redis supports one. */
  reading = 0;
  readonly #redis: FakeRedis;
  readonly #subscribed = new Set<string>();
  readonly #pending: {
    name: string;
    args: string[];
    reject(e: Error): void;
  }[] = [];
  #inbox = new Inbox<DenoRedisMessage>();

  constructor(redis: FakeRedis) {
    super();
    this.#redis = redis;
  }

  hears(channel: string): boolean {
    return this.isConnected && !this.mute && this.#subscribed.has(channel);
  }

  receive(message: DenoRedisMessage): void {
    this.#inbox.put(message);
  }

  sendCommand(name: string, args: string[] = []): Promise<unknown> {
    if (!this.isConnected) {
      return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    }
    const reply = this.#execute(name, args);
    if (!this.mute) return Promise.resolve(reply);
    const { promise, reject } = Promise.withResolvers<never>();
    this.#pending.push({ name, args, reject });
    return promise;
  }

  async subscribe(...channels: string[]): Promise<DenoRedisSubscription> {
    await this.#subscribe(channels);
    return {
      subscribe: (...channels) => this.#subscribe(channels),
      unsubscribe: (...channels) => {
        for (const each of channels) this.#subscribed.delete(each);
        return Promise.resolve();
      },
      receiveBuffers: () => this.#receive(),
    };
  }

  /** Resolves before the server has taken the SUBSCRIBE. */
  #subscribe(channels: readonly string[]): Promise<void> {
    if (!this.isConnected) {
      return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    }
    const redis = this.#redis;
    redis.subscribing.then(() => {
      if (channels.some((each) => redis.forbidden.has(each))) {
        this.#inbox.fail(
          new FakeErrorReply("-NOPERM this user has no permissions"),
        );
      } else {
        for (const each of channels) this.#subscribed.add(each);
      }
    });
    return Promise.resolve();
  }

  async *#receive(): AsyncIterableIterator<DenoRedisMessage> {
    this.reading++;
    try {
      for (;;) {
        yield await this.#inbox.take({ timeout: Infinity, what: "a message" });
      }
    } catch (error) {
      if (this.isClosed) return;
      if (error instanceof FakeErrorReply) this.#inbox = new Inbox();
      throw error;
    } finally {
      this.reading--;
    }
  }

  /** Loses the connection like x/redis; with `repeats`, commands without a reply run again. */
  lose({ repeats }: { repeats: boolean }): void {
    this.isConnected = false;
    this.mute = false;
    this.tell("reconnecting", { delay: 0 });
    for (const { name, args, reject } of this.#pending.splice(0)) {
      if (repeats) this.#execute(name, args);
      else reject(new Error(""));
    }
    this.#inbox.fail(new Deno.errors.ConnectionReset("Connection reset"));
  }

  /** Dispatches an event. */
  tell(type: DenoRedisEvent, detail?: unknown): void {
    emit(this, type, detail);
  }

  close(): void {
    this.isClosed = true;
    this.isConnected = false;
    this.#inbox.fail(new Deno.errors.BadResource("Bad resource ID"));
    this.tell("close");
    this.tell("end");
  }

  #execute(name: string, args: readonly string[]): unknown {
    switch (name) {
      case "PUBLISH":
        return this.#redis.publish(args[0]!, args[1]!);
      case "ROLE":
        return ["master", 0, []];
      case "UNSUBSCRIBE":
        for (const each of args) this.#subscribed.delete(each);
        return ["unsubscribe", args[0], this.#subscribed.size];
      default:
        return "PONG";
    }
  }
}
