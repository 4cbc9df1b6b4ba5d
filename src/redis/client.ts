/**
 * The module's own Redis client: two links, whose connections are opened here,
 * and commands of the caller's.
 *
 * @module
 */
import { checkTexts } from "../internal/check.ts";
import type { DialOptions } from "../link/connection.ts";
import { LinkTransport } from "../link/link_transport.ts";
import type { Reply } from "../resp/reply.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  Transport,
  TransportPublishOptions,
} from "../transport/transport.ts";
import type { Connection } from "./connection/connection.ts";
import { openConnection } from "./handshake.ts";
import type { RedisOptions } from "./options.ts";
import { resolveOptions, serverSettings, type Settings } from "./settings.ts";

/**
 * A transport over the module's own connections, opened when first needed.
 *
 * @throws {TypeError | RangeError} If an option can't be used.
 */
export function redisTransport(
  options: RedisOptions | string | URL,
): LinkTransport<Connection> {
  const settings = resolveOptions(options);
  return new LinkTransport({
    name: settings.name,
    settings,
    hint: settings.name.startsWith("rediss:")
      ? "; if the server speaks no TLS, use redis://"
      : undefined,
    dial: (options) => dial(settings, options),
    servers: settings.endpoints.length,
  });
}

function dial(
  settings: Settings,
  options: DialOptions,
): Promise<Connection> {
  const { endpoints } = settings;
  const endpoint = endpoints[options.attempt % endpoints.length]!;
  return openConnection(serverSettings(settings, endpoint), options);
}

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
  readonly #transport: LinkTransport<Connection>;

  private constructor(transport: LinkTransport<Connection>) {
    this.name = transport.name;
    this.#transport = transport;
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
    const signal = typeof options === "string" || options instanceof URL
      ? undefined
      : options.signal;
    signal?.throwIfAborted();
    const transport = redisTransport(options);
    try {
      await transport.ready(signal);
    } catch (error) {
      await transport.close();
      throw error;
    }
    return new RedisClient(transport);
  }

  /** Which connection counts subscribers, by when it was opened; `undefined` while the link is down. */
  get connection(): number | undefined {
    return this.#transport.connection;
  }

  /** Why the server can't be reached now; `undefined` where it can. */
  get trouble(): Error | undefined {
    return this.#transport.trouble;
  }

  /** Bytes of the longest message that it sends. */
  get maxPayload(): number {
    return this.#transport.maxPayload;
  }

  /** What the server is part of, as it says; `undefined` where it does not say. */
  get mode(): "standalone" | "cluster" | undefined {
    return this.#transport.mode;
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
    options?: TransportPublishOptions,
  ): Promise<number> {
    return this.#transport.publish(channel, payload, options);
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
    this.#transport.post(channel, payload, options, receipt);
  }

  /**
   * Makes sure that the server is still a master: on one that has become a
   * replica, messages and their responses go astray without any error.
   *
   * @returns `false` where it is a replica now: both links are remade, to the
   * master among the `hosts`.
   */
  verify(): Promise<boolean> {
    return this.#transport.verify();
  }

  /**
   * How many subscribers each channel has on this server.
   *
   * @param channels The channels' names.
   * @returns As many numbers.
   * @throws {RedisPermissionError} If the user may not ask.
   */
  countSubscribers(channels: readonly string[]): Promise<number[]> {
    return this.#transport.countSubscribers(channels);
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
  subscribe(channels: readonly string[], sink: Sink): Promise<Subscription> {
    return this.#transport.subscribe(channels, sink);
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
    const connection = await this.#transport.ready();
    return await connection.send(args);
  }

  /** Closes both links. Idempotent. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Closes both links. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
