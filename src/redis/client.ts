/**
 * The module's own Redis client: a {@linkcode Transport} over two links, one for
 * commands and one, opened when first needed, for subscriptions.
 *
 * @module
 */
import { checkTexts } from "../internal/check.ts";
import type { Reply } from "../resp/reply.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";
import type { Connection } from "./connection/connection.ts";
import { RedisConnectionError } from "../link/errors.ts";
import { Link } from "../link/reconnecting_link.ts";
import type { RedisOptions } from "./options.ts";
import { Publisher } from "../link/publisher.ts";
import { RoleWatch } from "../link/role_watch.ts";
import { resolveOptions, type Settings } from "./settings.ts";
import { Subscriptions } from "../link/subscriptions.ts";

/**
 * A client of one Redis, Valkey or KeyDB server that needs a network permission
 * and nothing else.
 *
 * @example
 * ```ts
 * import { RedisClient } from "@dsa/state-signals/redis";
 *
 * await using redis = await RedisClient.connect("redis://127.0.0.1:6379");
 * const subscription = await redis.subscribe(["news"], {
 *   message: (payload) => console.log(payload),
 * });
 * await redis.publish("news", "hello");
 * await subscription.close();
 * ```
 */
export class RedisClient implements Transport, AsyncDisposable {
  /** The server's URL, without credentials. */
  readonly name: string;
  readonly #settings: Settings;
  readonly #commands: Link;
  readonly #role: RoleWatch;
  readonly #publisher: Publisher;
  readonly #subscriptions = new Subscriptions();
  #subscriber: Link | undefined;
  #opening: Promise<void> | undefined;
  /** The newest connection of the subscriber link, up or not yet. */
  #subscribing: Connection | undefined;
  #closing: Promise<void> | undefined;

  private constructor(settings: Settings) {
    this.name = settings.name;
    this.#settings = settings;
    // Its role says besides that the server is alive.
    this.#commands = new Link(settings, { probe: () => this.verify() });
    this.#role = new RoleWatch(
      this.#commands,
      (reason) => this.#subscriber?.current?.close(reason),
    );
    this.#publisher = new Publisher(
      settings,
      this.#commands,
      this.#role,
      () => this.#subscriber,
    );
  }

  /**
   * Connects.
   *
   * @param options The server's URL, or options.
   * @returns The client.
   * @throws {TypeError | RangeError} If an option can't be used.
   * @throws {RedisConnectionError} If no server answers within `connectTimeout`.
   * @throws {RedisAuthError} If it does not take the credentials.
   * @throws {Deno.errors.NotCapable} If the network permission is missing.
   */
  static async connect(
    options: RedisOptions | string | URL = {},
  ): Promise<RedisClient> {
    const client = new RedisClient(resolveOptions(options));
    const signal = typeof options === "string" || options instanceof URL
      ? undefined
      : options.signal;
    signal?.throwIfAborted();
    await client.#commands.open(signal);
    return client;
  }

  /**
   * Publishes one message, at most once.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait for a link that is down.
   * @returns How many subscribers the server counted.
   * @throws {RangeError} If the message is longer than `maxPayload`.
   * @throws {RedisPermissionError} If the user may not publish there.
   * @throws {RedisConnectionError} If the link is down or goes down; its
   * `outcome` says whether the message may have been sent.
   */
  publish(
    channel: string,
    payload: string,
    options: TransportPublishOptions = {},
  ): Promise<number> {
    return new Promise((sent, failed) =>
      this.post(channel, payload, options, { sent, failed })
    );
  }

  /**
   * Publishes as {@linkcode publish}, but tells a receipt instead of making a
   * promise. Never throws.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait for a link that is down.
   * @param receipt Is told once, at once or later.
   */
  post(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    this.#publisher.post(channel, payload, options, receipt);
  }

  /**
   * Makes sure that the server is still a master: on one that has become a
   * replica, messages and their answers go astray without any error.
   *
   * @returns `false` where it is a replica now: both links are remade, to its
   * master where the permission to go there is granted.
   */
  verify(): Promise<boolean> {
    return this.#role.verify();
  }

  /** Which connection counts subscribers, by when it was opened; `undefined` while the link is down. */
  get connection(): number | undefined {
    return this.#commands.current?.openedAt;
  }

  /**
   * How many subscribers each channel has on this server.
   *
   * @param channels The channels' names.
   * @returns As many numbers.
   * @throws {RedisPermissionError} If the user may not ask.
   */
  async countSubscribers(channels: readonly string[]): Promise<number[]> {
    const reply = await this.send("PUBSUB", "NUMSUB", ...channels);
    if (!Array.isArray(reply)) return [];
    return channels.map((_, n) => Number(reply[n * 2 + 1]));
  }

  /**
   * Subscribes; resolves when the server has confirmed every channel, and stays
   * subscribed through reconnects until the subscription is closed.
   *
   * @param channels The channels' names.
   * @param sink Is called for each message, and when the link changes.
   * @returns The subscription.
   * @throws {RedisPermissionError} If the user may not subscribe to one of them.
   * @throws {RedisConnectionError} If the link is down for `connectTimeout`.
   */
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
    this.#subscriptions.add(names, sink);
    try {
      await this.#confirm(names);
    } catch (error) {
      await this.#unsubscribe(names, sink);
      throw error;
    }
    return { close: () => this.#unsubscribe(names, sink) };
  }

  /**
   * Runs any command.
   *
   * @param args The command's words, sent as they are.
   * @returns The reply as plain values.
   * @throws {TypeError} If it is one that subscribes.
   * @throws {RedisReplyError} If the server refuses it.
   * @throws {RedisConnectionError} If the link is down or goes down.
   */
  async send(...args: string[]): Promise<Reply> {
    checkTexts(args, "args");
    if (args.length === 0 || /^[ps]?(un)?subscribe$/i.test(args[0]!)) {
      throw new TypeError(
        `Cannot send ${
          args[0] ?? "nothing"
        } as it has no single reply: subscribe() subscribes`,
      );
    }
    const connection = this.#commands.current ??
      await this.#commands.whenUp(this.#settings.connectTimeout);
    return await connection.send(args);
  }

  /** Closes both links. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= (async () => {
      await Promise.all([this.#commands.close(), this.#subscriber?.close()]);
    })();
  }

  /** Closes both links. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Waits until the server has confirmed these channels, through reconnects. */
  async #confirm(channels: readonly string[]): Promise<void> {
    const link = await this.#subscriberLink();
    for (;;) {
      const connection = await link.whenUp(this.#settings.connectTimeout);
      const missing = this.#subscriptions.unconfirmed(channels);
      if (missing.length === 0) return;
      try {
        return await this.#subscribeOn(connection, missing);
      } catch (error) {
        if (!(error instanceof RedisConnectionError)) throw error;
        // The connection went meanwhile: subscribe on the next.
      }
    }
  }

  async #subscriberLink(): Promise<Link> {
    if (this.#closing !== undefined) {
      throw new RedisConnectionError(`The client of ${this.name} is closed`);
    }
    if (this.#subscriber === undefined) {
      const link = new Link(this.#settings, {
        sink: this.#subscriptions,
        prepare: (connection) => this.#resubscribe(connection),
        changed: (change) => this.#subscriptions.tell(change),
      });
      this.#subscriber = link;
      this.#opening = link.open();
    }
    const link = this.#subscriber;
    try {
      await this.#opening;
    } catch (error) {
      // The next one to ask tries anew.
      if (this.#subscriber === link) this.#subscriber = undefined;
      throw error;
    }
    return link;
  }

  #resubscribe(connection: Connection): Promise<void> {
    this.#subscribing = connection;
    connection.lost.then((cause) => this.#subscriptions.lost(cause));
    return this.#subscribeOn(connection, this.#subscriptions.lostChannels);
  }

  async #subscribeOn(
    connection: Connection,
    channels: readonly string[],
  ): Promise<void> {
    if (channels.length === 0) return;
    if (connection.cause !== undefined) throw connection.cause;
    const confirmed = this.#subscriptions.sent(channels);
    connection.post(["SUBSCRIBE", ...channels]);
    await confirmed;
  }

  async #unsubscribe(channels: readonly string[], sink: Sink): Promise<void> {
    const unused = this.#subscriptions.remove(channels, sink);
    const connection = this.#subscribing;
    if (unused.length === 0 || connection === undefined) return;
    if (connection.cause !== undefined) return; // unsubscribed by that as well
    const confirmed = this.#subscriptions.sent(unused);
    connection.post(["UNSUBSCRIBE", ...unused]);
    await confirmed.catch(() => {}); // so has a connection that is lost now
  }
}
