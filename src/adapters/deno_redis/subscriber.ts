/**
 * The subscribing client of x/redis: its read loop, and the proof of each
 * subscription, because x/redis drops the server's confirmation.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { after } from "../../internal/timer.ts";
import {
  type DenoRedisClient,
  type DenoRedisSubscription,
  isReply,
  readable,
} from "./client.ts";

/** The prefix of all private channels, which the adapter uses in addition to the caller's channels. */
export const PRIVATE = "state-signals:barrier:";

/** Publishes; resolves with the number of receivers. */
export type Publish = (channel: string, payload: string) => Promise<unknown>;

/** Takes the events of a subscriber. */
export interface SubscriberEvents {
  /** Takes a message. */
  message(channel: string, payload: Uint8Array): void;
  /** Takes the end of the read loop; without a cause, the user has closed the client. */
  ended(cause: Error | undefined): void;
}

/** Milliseconds until a private message without receivers is sent again, at first. */
const RETRY = 2;
/** Milliseconds until a private message that has receivers, but has not arrived, is sent again. */
const LOST_AFTER = 1_000;

/** Reads the messages of one client, also after x/redis has reconnected it. */
export class DenoRedisSubscriber {
  readonly client: DenoRedisClient;
  /** Settles when the calls so far have ended: one SUBSCRIBE or UNSUBSCRIBE must follow the other. */
  #lastCall: Promise<unknown> = Promise.resolve();
  readonly #channels = new Set<string>();
  /** The listeners to texts on private channels, by text. */
  readonly #awaited = new Map<string, () => void>();
  #subscription: DenoRedisSubscription | undefined;
  #reading: Promise<void> | undefined;
  #events: SubscriberEvents | undefined;
  /** Whether the user has closed the client. */
  #closed = false;
  /** Takes the server's refusal of the latest SUBSCRIBE. */
  #refuse: ((reason: Error) => void) | undefined;
  /** The refusal of a SUBSCRIBE before the login. x/redis subscribes before it logs in, and takes this for the reply to its login. */
  #loggedOut: Error | undefined;
  /** The private channel of the latest SUBSCRIBE. */
  #barrier: string | undefined;
  /** The private channel whose message ends the read loop. */
  #last: string | undefined;

  constructor(client: DenoRedisClient) {
    this.client = client;
  }

  /** Sets the taker of events; `undefined`: none. */
  set events(events: SubscriberEvents | undefined) {
    this.#events = events;
    if (this.#closed) events?.ended(undefined);
  }

  /** Resolves when the read loop has ended. */
  get ended(): Promise<void> {
    return this.#reading ?? Promise.resolve();
  }

  /** Subscribes; resolves when the subscription is proven. */
  subscribe(
    channels: readonly string[],
    publish: Publish,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const refused = new AbortController();
      this.#refuse = (reason) => refused.abort(reason);
      const before = this.#barrier;
      const barrier = PRIVATE + crypto.randomUUID();
      try {
        // In one command: if the last channel is subscribed to, all channels are.
        await this.#send([...channels, barrier]);
        const stop = AbortSignal.any([signal, refused.signal]);
        await this.#heard(barrier, publish, stop);
      } catch (error) {
        await this.#withdraw(channels, barrier);
        throw explained(error);
      } finally {
        this.#refuse = undefined;
      }
      this.#loggedOut = undefined;
      for (const channel of channels) this.#channels.add(channel);
      this.#barrier = barrier;
      if (before !== undefined) await this.#subscription!.unsubscribe(before);
    });
  }

  /** Unsubscribes. */
  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const channel of channels) this.#channels.delete(channel);
      await this.#subscription?.unsubscribe(...channels);
    });
  }

  /** Whether there is a subscription, which {@linkcode prove} needs. */
  get subscribed(): boolean {
    return this.#barrier !== undefined;
  }

  /** Resolves when a private message has arrived: the connection is alive. */
  async prove(publish: Publish, signal: AbortSignal): Promise<void> {
    await this.#heard(this.#barrier!, publish, signal);
  }

  /** Unsubscribes from everything and ends the read loop; then the client is ready for other use. */
  leave(publish: Publish, signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#reading === undefined) return;
      const last = PRIVATE + crypto.randomUUID();
      const barrier = this.#barrier === undefined ? [] : [this.#barrier];
      const left = [...this.#channels, ...barrier];
      if (left.length > 0) await this.#subscription!.unsubscribe(...left);
      await this.#subscription!.subscribe(last);
      this.#last = last;
      try {
        await this.#heard(last, publish, signal);
        await this.#reading;
      } finally {
        this.#last = undefined;
      }
      this.#channels.clear();
      await this.client.sendCommand("UNSUBSCRIBE", [last]);
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const call = this.#lastCall.then(work);
    this.#lastCall = call.catch(() => {});
    try {
      await call;
    } catch (error) {
      throw readable(error);
    }
  }

  async #send(channels: readonly string[]): Promise<void> {
    if (this.#loggedOut !== undefined && !this.client.isConnected) {
      throw this.#loggedOut;
    }
    if (this.#reading === undefined) {
      this.#subscription = await this.client.subscribe(...channels);
      this.#reading = this.#read(this.#subscription);
    } else {
      await this.#subscription!.subscribe(...channels);
    }
  }

  /** Unsubscribes from channels that were refused, because after a reconnect x/redis subscribes to all channels in one command. */
  async #withdraw(
    channels: readonly string[],
    barrier: string,
  ): Promise<void> {
    const unused = channels.filter((channel) => !this.#channels.has(channel));
    try {
      await this.#subscription?.unsubscribe(...unused, barrier);
    } catch {
      // The connection is lost, and the subscription with it.
    }
  }

  /** Publishes on a private channel until the message has arrived. */
  async #heard(
    channel: string,
    publish: Publish,
    signal: AbortSignal,
  ): Promise<void> {
    const token = crypto.randomUUID();
    let heard = false;
    let wake = () => {};
    const stop = () => wake();
    this.#awaited.set(token, () => (heard = true, wake()));
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (let retry = RETRY;; retry = Math.min(retry * 2, LOST_AFTER)) {
        signal.throwIfAborted();
        const receivers = await abortable(publish(channel, token), signal);
        if (heard) return;
        await new Promise<void>((resolve) => {
          const timer = after(receivers === 0 ? retry : LOST_AFTER, resolve);
          wake = () => (timer.cancel(), resolve());
          if (signal.aborted) wake();
        });
        if (heard) return;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#awaited.delete(token);
    }
  }

  async #read(subscription: DenoRedisSubscription): Promise<void> {
    const noteError = ({ detail }: CustomEvent) => {
      const error = readable(detail?.error);
      if (error.message.startsWith("NOAUTH ")) this.#loggedOut = error;
    };
    this.client.addEventListener("error", noteError);
    let cause: Error | undefined;
    do {
      cause = await this.#readOnce(subscription);
    } while (cause !== undefined && this.#refused(cause));
    this.client.removeEventListener("error", noteError);
    this.#reading = undefined;
    this.#barrier = undefined;
    if (this.#last !== undefined) return;
    this.#closed = cause === undefined;
    this.#events?.ended(cause);
  }

  /** Whether the server has refused a SUBSCRIBE: then the connection still works, and the loop must go on. */
  #refused(cause: Error): boolean {
    if (!isReply(cause) || !this.client.isConnected) return false;
    this.#refuse?.(cause);
    return this.#refuse !== undefined;
  }

  async #readOnce(
    subscription: DenoRedisSubscription,
  ): Promise<Error | undefined> {
    const text = new TextDecoder();
    try {
      for await (const { channel, message } of subscription.receiveBuffers()) {
        if (channel.startsWith(PRIVATE)) {
          this.#awaited.get(text.decode(message))?.();
          if (channel === this.#last) break;
        } else {
          this.#events?.message(channel, message);
        }
      }
    } catch (error) {
      return readable(error);
    }
  }
}

/** The error with a hint at the private channels, which an ACL must allow. */
function explained(thrown: unknown): Error {
  const error = readable(thrown);
  return error.message.startsWith("NOPERM ")
    ? new Error(
      `${error.message} (x/redis needs the channels ${PRIVATE}* besides)`,
      { cause: thrown },
    )
    : error;
}
