/**
 * The subscribing client of x/redis: its read loop, and the proof that the
 * server has subscribed it, as x/redis drops the confirmation.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { after } from "../../internal/timer.ts";
import { KeyedMutex } from "../../internal/keyed_mutex.ts";
import {
  type DenoRedisClient,
  type DenoRedisSubscription,
  isReply,
  readable,
} from "./client.ts";

/** Begins the name of every channel that is used besides the callers' own. */
export const PRIVATE = "state-signals:barrier:";

/** Publishes; resolves with the number of receivers. */
export type Publish = (channel: string, payload: string) => Promise<unknown>;

/** Who is told of what comes. */
export interface SubscriberEvents {
  message(channel: string, payload: Uint8Array): void;
  /** The read loop has ended; the owner closed the client if there is no cause. */
  ended(cause: Error | undefined): void;
}

/** Milliseconds until a message that nobody received is sent again, at first. */
const RETRY = 2;
/** Milliseconds until a message that was received, but not here, is sent again. */
const LOST_AFTER = 1_000;

/** Reads one client's messages; outlives a reconnect of the client's own. */
export class DenoRedisSubscriber {
  readonly client: DenoRedisClient;
  readonly #mutex = new KeyedMutex();
  readonly #channels = new Set<string>();
  /** What to do when a text comes on a private channel. */
  readonly #awaited = new Map<string, () => void>();
  #subscription: DenoRedisSubscription | undefined;
  #reading: Promise<void> | undefined;
  #events: SubscriberEvents | undefined;
  /** Whether the client was closed by its owner. */
  #closed = false;
  /** Takes the server's refusal of what was subscribed to last. */
  #refuse: ((reason: Error) => void) | undefined;
  /** x/redis subscribes before it logs in, and takes the refusal for the login's. */
  #loggedOut: Error | undefined;
  /** The private channel that was subscribed to last. */
  #barrier: string | undefined;
  /** The private channel with whose message the read loop ends. */
  #last: string | undefined;

  constructor(client: DenoRedisClient) {
    this.client = client;
  }

  /** Changes who is told; `undefined`: nobody. */
  set events(events: SubscriberEvents | undefined) {
    this.#events = events;
    if (this.#closed) events?.ended(undefined);
  }

  /** Resolves when nothing is read any more. */
  get ended(): Promise<void> {
    return this.#reading ?? Promise.resolve();
  }

  /** Subscribes; resolves when that is proven. */
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
        // One command: whoever hears the last of its channels hears them all.
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

  /** Whether there is anything that {@linkcode prove} could prove. */
  get subscribed(): boolean {
    return this.#barrier !== undefined;
  }

  /** Resolves when a message has come the whole way. */
  async prove(publish: Publish, signal: AbortSignal): Promise<void> {
    await this.#heard(this.#barrier!, publish, signal);
  }

  /** Unsubscribes from everything and ends the read loop; the client is as it was. */
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
    const unlock = await this.#mutex.lock("");
    try {
      await work();
    } catch (error) {
      throw readable(error);
    } finally {
      unlock();
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

  /** Not to be subscribed to by x/redis after a reconnect, which takes all or none. */
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

  /** Publishes on a private channel until it is heard there. */
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

  /** A refusal ends x/redis's loop, but not the connection. */
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

/** Not every administrator knows of the private channels. */
function explained(thrown: unknown): Error {
  const error = readable(thrown);
  return error.message.startsWith("NOPERM ")
    ? new Error(
      `${error.message} (x/redis needs the channels ${PRIVATE}* besides)`,
      { cause: thrown },
    )
    : error;
}
