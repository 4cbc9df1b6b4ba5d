/**
 * The module's own Redis client: a transport over its own connections, and any
 * command of the caller.
 *
 * @module
 */
import {
  checkOptions,
  checkSpan,
  checkTexts,
  mustBe,
} from "../internal/check.ts";
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
import type { GoTo, Route } from "./route.ts";
import {
  optionsOf,
  resolveOptions,
  serverSettings,
  type Settings,
} from "./settings.ts";

/**
 * Makes a transport over the module's own connections, which are opened when
 * they are first needed.
 *
 * @throws {TypeError | RangeError} If an option can't be used.
 */
export function redisTransport(
  options: RedisOptions,
): LinkTransport<Connection> {
  const settings = resolveOptions(options);
  let route: Promise<Route> | undefined;
  const transport: LinkTransport<Connection> = new LinkTransport({
    name: settings.name,
    settings,
    hint: settings.name.startsWith("rediss:")
      ? "; if the server speaks no TLS, use redis://"
      : undefined,
    dial: async (options) => {
      route ??= openRoute(
        settings,
        (server, cause) =>
          transport.leave(({ address }) => address !== server, cause),
      );
      const endpoint = await (await route).find(options);
      return openConnection(serverSettings(settings, endpoint), options);
    },
    // All sentinels are asked in one try.
    servers: settings.sentinel === undefined ? settings.endpoints.length : 1,
    verify: async () => await (await route)?.verify?.(),
    home: settings.cluster,
    closed: (cause) => void route?.then((opened) => opened.close?.(cause)),
  });
  return transport;
}

/**
 * Opens the way to the server that the settings mean.
 *
 * @param goTo Called with the address of the server that is to be used from now on.
 */
async function openRoute(
  settings: Settings,
  goTo: GoTo,
): Promise<Route> {
  const { endpoints, sentinel, cluster } = settings;
  // Loaded only where it is needed, because most programs have one server (bench f).
  if (sentinel !== undefined) {
    const { SentinelRoute } = await import("./sentinel.ts");
    return new SentinelRoute(settings, sentinel, goTo);
  }
  if (cluster) {
    const { ClusterRoute } = await import("./cluster.ts");
    return new ClusterRoute(settings, goTo);
  }
  return {
    find: ({ attempt }) =>
      Promise.resolve(endpoints[attempt % endpoints.length]!),
  };
}

/**
 * A client of one Redis, Valkey or KeyDB server. It needs only the network
 * permission.
 *
 * @category Redis client
 * @example Subscribe and publish
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
   * @throws {RedisAuthError} If the server refuses the credentials.
   * @throws {Deno.errors.NotCapable} If the network permission is missing.
   */
  static async connect(
    options: RedisOptions | string | URL = {},
  ): Promise<RedisClient> {
    const given = optionsOf(options);
    const transport = redisTransport(given);
    const { signal } = given;
    try {
      signal?.throwIfAborted();
      await transport.ready(signal);
    } catch (error) {
      await transport.close();
      throw error;
    }
    return new RedisClient(transport);
  }

  /** When the connection that counts subscribers was opened; `undefined` while the link is down. */
  get connection(): number | undefined {
    return this.#transport.connection;
  }

  /** Why the server can't be reached now; `undefined` if it can. */
  get trouble(): Error | undefined {
    return this.#transport.trouble;
  }

  /** Whether the client was closed. */
  get closed(): boolean {
    return this.#transport.closed;
  }

  /** Bytes of the longest message that the client sends. */
  get maxPayload(): number {
    return this.#transport.maxPayload;
  }

  /** What the server is part of; `undefined` if the server does not say so. */
  get mode(): "standalone" | "cluster" | undefined {
    return this.#transport.mode;
  }

  /**
   * The id of the home node of a cluster while both links lead to it, else `null`;
   * `undefined` with any other URL.
   */
  get node(): string | null | undefined {
    return this.#transport.node;
  }

  /**
   * Publishes one message, at most once.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait if the link is down.
   * @returns The number of subscribers that the server counted.
   * @throws {RangeError} If the message is longer than `maxPayload`.
   * @throws {RedisPermissionError} If the user may not publish on the channel.
   * @throws {RedisConnectionError} If the link is down or goes down; its
   * `outcome` says whether the message may have been sent.
   */
  async publish(
    channel: string,
    payload: string,
    options: TransportPublishOptions = {},
  ): Promise<number> {
    checkOptions(options, { timeout: true, signal: true });
    if (options.timeout !== undefined) checkSpan(options.timeout, "timeout");
    return await this.#transport.publish(channel, payload, options);
  }

  /**
   * Checks that the server is still a master: on a server that has become a
   * replica, messages and their responses get lost without an error.
   *
   * @returns `false` if the server is a replica now, or the sentinels name another
   * master; then both links are remade, to the master.
   * @throws {RedisConnectionError} If the client is closed.
   */
  async verify(): Promise<boolean> {
    if (this.closed) await this.#transport.ready(); // rejects with the reason
    return await this.#transport.verify();
  }

  /**
   * Counts the subscribers of channels on this server.
   *
   * @param channels The channels' names.
   * @returns A number for each channel.
   * @throws {RedisPermissionError} If the user may not ask.
   */
  countSubscribers(channels: readonly string[]): Promise<number[]> {
    return this.#transport.countSubscribers(channels);
  }

  /**
   * As {@linkcode publish}, but a receipt takes the outcome in place of a
   * promise. Never throws.
   *
   * @param channel The channel's name.
   * @param payload The message.
   * @param options How long to wait if the link is down.
   * @param receipt Takes the outcome once, at once or later.
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
   * Subscribes; resolves when the server has confirmed every channel. The
   * subscription lasts through reconnects until it is closed.
   *
   * @param channels The channels' names.
   * @param sink Takes each message, and each change of the link.
   * @returns The subscription.
   * @throws {RedisPermissionError} If the user may not subscribe to one of them.
   * @throws {RedisConnectionError} If the link is down for `connectTimeout`.
   */
  async subscribe(
    channels: readonly string[],
    sink: Sink,
  ): Promise<Subscription> {
    if (typeof Object(sink).message !== "function") {
      throw new TypeError(mustBe("sink", "an object with a message()", sink));
    }
    return await this.#transport.subscribe(channels, sink);
  }

  /**
   * Runs any command that does not subscribe.
   *
   * @param args The command's words.
   * @returns The reply as plain values.
   * @throws {TypeError} If the command subscribes.
   * @throws {RedisReplyError} If the server refuses the command.
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

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
