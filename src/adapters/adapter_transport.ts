/**
 * The {@linkcode Transport} over every existing client: two links, one for publishing
 * and one for subscriptions, each opened when it is first needed.
 *
 * @module
 */
import { checkText, checkTexts } from "../internal/check.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";
import { AdapterError, AdapterReplicaError, isReply } from "./adapter_error.ts";
import type { TimedConnection } from "./connection.ts";
import { FanOut } from "./fan_out.ts";
import { ReconnectingLink } from "./reconnecting_link.ts";
import {
  type AdapterOptions,
  type AdapterSettings,
  resolveAdapterOptions,
} from "./options.ts";
import type { ClientSource } from "./client_source.ts";

/** Publishes and subscribes over duplicates of a client that stays untouched. */
export class AdapterTransport implements Transport, AsyncDisposable {
  /** Names the client. */
  readonly name: string;
  readonly #settings: AdapterSettings;
  readonly #publisher: ReconnectingLink;
  readonly #subscriber: ReconnectingLink;
  readonly #fanOut = new FanOut();
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #channel = new TextDecoder();
  readonly #leave: () => void;
  /** Messages that wait for the link: what is published later goes out later. */
  #waiting = 0;
  /** The newest subscribing connection, up or not yet. */
  #subscribing: TimedConnection | undefined;
  #closing: Promise<void> | undefined;
  /** The question for the role that is under way: its answer is for all who ask meanwhile. */
  #verifying: Promise<boolean> | undefined;

  constructor(source: ClientSource, options: AdapterOptions) {
    const settings = resolveAdapterOptions(options);
    this.name = source.name;
    this.#settings = settings;
    this.#publisher = new ReconnectingLink(source, settings);
    this.#subscriber = new ReconnectingLink(source, settings, {
      inbox: (channel, payload) => this.#take(channel, payload),
      prepare: (connection) => this.#resubscribe(connection),
      changed: (change) => this.#fanOut.tell(change),
    });
    this.#leave = source.onClosed(() => {
      this.#close(`The client of ${this.name} was closed by its owner`);
    });
  }

  /** Publishes one message, at most once. */
  publish(
    channel: string,
    payload: string,
    options: TransportPublishOptions = {},
  ): Promise<number> {
    return this.#publish(channel, payload, options);
  }

  /** As {@linkcode publish}, and says that what nobody waits for any more was not sent. */
  post(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    const signal = receipt.over ?? options.signal;
    let isOut = false;
    const out = () => {
      if (isOut) receipt.again?.();
      isOut = true;
    };
    this.#publish(channel, payload, { ...options, signal }, out)
      .then(
        (receivers) => receipt.sent(receivers),
        (error) => {
          const isWithdrawn = !isOut && receipt.over?.aborted;
          receipt.failed(isWithdrawn ? withdrawnError(channel) : error);
        },
      );
  }

  /** @param out Is called when the client is given the message, for the first time or again. */
  async #publish(
    channel: string,
    payload: string,
    { timeout = 20_000, signal }: TransportPublishOptions,
    out: () => void = () => {},
  ): Promise<number> {
    checkText(channel, "channel");
    checkText(payload, "payload");
    signal?.throwIfAborted();
    const sendOn = (connection: TimedConnection) => {
      signal?.throwIfAborted();
      out();
      return connection.publish(channel, payload);
    };
    const send = async () => {
      const { current } = this.#publisher;
      if (current !== undefined && this.#waiting === 0) {
        return await sendOn(current);
      }
      let sending: Promise<number>;
      this.#waiting++;
      try {
        sending = sendOn(await this.#publisher.whenUp(timeout, signal));
      } finally {
        this.#waiting--;
      }
      return await sending;
    };
    const receivers = await send();
    // Nobody got it: where that is because it went to a replica, it can go out once more.
    if (receivers > 0 || await this.verify()) return receivers;
    // Whoever gets it may reply at once: not before that can be heard.
    if (this.#fanOut.confirmed.length > 0) {
      await this.#subscriber.whenUp(timeout, signal);
    }
    return await send();
  }

  /**
   * Asks whether the server is still a master.
   *
   * @returns `false` where it is a replica now: both links are remade.
   */
  async verify(): Promise<boolean> {
    const connection = this.#publisher.current;
    // A link that is down is remade to a master only.
    if (connection === undefined) return true;
    return await (this.#verifying ??= this.#verify(connection));
  }

  /** Subscribes; resolves when the server has confirmed every channel. */
  async subscribe(
    channels: readonly string[],
    sink: Sink,
  ): Promise<Subscription> {
    checkTexts(channels, "channels");
    if (channels.length === 0) {
      throw new RangeError(
        "Cannot subscribe as there must be one channel at least",
      );
    }
    const names = [...new Set(channels)];
    this.#fanOut.add(names, sink);
    try {
      await this.#confirm(names);
    } catch (error) {
      await this.#unsubscribe(names, sink);
      throw error;
    }
    return { close: () => this.#unsubscribe(names, sink) };
  }

  /** Closes what the transport opened itself; the client is left as it is. Idempotent. */
  close(): Promise<void> {
    return this.#close(`The transport over ${this.name} is closed`);
  }

  /** Closes what the transport opened itself. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(reason: string): Promise<void> {
    return this.#closing ??= (async () => {
      this.#leave();
      const cause = new AdapterError(reason);
      await Promise.all([
        this.#publisher.close(cause),
        this.#subscriber.close(cause),
      ]);
    })();
  }

  async #verify(connection: TimedConnection): Promise<boolean> {
    await connection.verify();
    this.#verifying = undefined;
    const { cause } = connection;
    if (!(cause instanceof AdapterReplicaError)) return true;
    // What was published elsewhere meanwhile may not have come here.
    this.#subscriber.current?.end(cause);
    return false;
  }

  /** Waits until the server has confirmed these channels, through reconnects. */
  async #confirm(channels: readonly string[]): Promise<void> {
    for (;;) {
      const connection = await this.#subscriber.whenUp(
        this.#settings.connectTimeout,
      );
      const missing = channels.filter((name) =>
        !this.#fanOut.confirmed.includes(name)
      );
      if (missing.length === 0) return;
      try {
        await connection.subscribe(missing);
        return this.#fanOut.confirm(missing);
      } catch (error) {
        if (isReply(error)) throw error;
        // The connection went meanwhile: subscribe on the next.
        await connection.end(error as AdapterError);
      }
    }
  }

  async #resubscribe(connection: TimedConnection): Promise<void> {
    this.#subscribing = connection;
    await connection.subscribe(this.#fanOut.confirmed);
  }

  async #unsubscribe(channels: readonly string[], sink: Sink): Promise<void> {
    const unused = this.#fanOut.remove(channels, sink);
    if (unused.length === 0) return;
    try {
      await this.#subscribing?.unsubscribe(unused);
    } catch {
      // A connection that is lost is unsubscribed by that as well.
    }
  }

  #take(name: Uint8Array, payload: Uint8Array): void {
    const channel = this.#channel.decode(name);
    let text: string;
    try {
      text = this.#text.decode(payload);
    } catch {
      return this.#fanOut.unreadable(channel, "it is not valid UTF-8");
    }
    this.#fanOut.message(channel, text);
  }
}

function withdrawnError(channel: string): AdapterError {
  return new AdapterError(
    `Did not publish on "${channel}" as nobody waited for that any more`,
  );
}
