/**
 * The {@linkcode Transport} over two links to a server: one for commands and one
 * for subscriptions. The module's own client and every adapter use it; they
 * differ in how they open a connection.
 *
 * Invariant: both links lead to one server, as far as addresses tell. A link that
 * comes up elsewhere makes the other link follow it. A link that follows comes up
 * nowhere else while the link that it follows is up, so that the two can't chase
 * each other for ever.
 *
 * @module
 */
import { checkTexts } from "../internal/check.ts";
import { atMost } from "../internal/patience.ts";
import type { OpenTransport } from "../transport/open_transport.ts";
import type {
  Receipt,
  Sink,
  Subscription,
  TransportPublishOptions,
} from "../transport/transport.ts";
import type { LinkConnection } from "./connection.ts";
import {
  RedisConnectionError,
  RedisPermissionError,
  RedisReplyError,
  RedisRoleError,
} from "./errors.ts";
import { Publisher } from "./publisher.ts";
import { type LinkTarget, ReconnectingLink } from "./reconnecting_link.ts";
import { RoleWatch } from "./role_watch.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Milliseconds in which a server may confirm that a channel is unsubscribed. */
const UNSUBSCRIBE_PATIENCE = 300;

/** How a {@linkcode LinkTransport} reaches its server. */
export interface LinkTransportOptions<C extends LinkConnection>
  extends LinkTarget<C> {
  /** Whether every connection leads to the home node of a cluster. */
  home?: boolean;
  /** Asks others whether the server is still the one to use, and {@linkcode LinkTransport.leave | leaves} it if not; never rejects. */
  verify?(): Promise<void>;
  /** Called with the reason when the transport is closed. */
  closed?(cause: Error): void;
}

/** Publishes and subscribes over two links; each is opened when it is first needed. */
export class LinkTransport<C extends LinkConnection = LinkConnection>
  implements OpenTransport, AsyncDisposable {
  readonly name: string;
  readonly maxPayload: number;
  readonly #commands: ReconnectingLink<C>;
  readonly #subscriber: ReconnectingLink<C>;
  readonly #subscriptions = new Subscriptions();
  readonly #role: RoleWatch;
  readonly #publisher: Publisher;
  readonly #home: boolean;
  readonly #verify: (() => Promise<void>) | undefined;
  readonly #closed: ((cause: Error) => void) | undefined;
  /** The newest connection of each link that has come up, or is about to. */
  readonly #newest = new Map<ReconnectingLink<C>, C>();
  /** The link that must come up where the other link is, because that one has moved. */
  #following: ReconnectingLink<C> | undefined;
  /** The newest connection for subscriptions, prepared or not. */
  #subscribing: C | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    { home = false, verify, closed, ...target }: LinkTransportOptions<C>,
  ) {
    const { name, settings: { maxPayload } } = target;
    this.name = name;
    this.maxPayload = maxPayload;
    this.#home = home;
    this.#verify = verify;
    this.#closed = closed;
    this.#commands = new ReconnectingLink({
      ...target,
      // The answer to ROLE also says that the server is alive.
      probe: {
        ask: () => void this.verify(),
        answeredAt: () => this.#role.masterAt,
      },
      prepare: (connection) => {
        this.#align(this.#commands, connection, this.#subscriber);
        return Promise.resolve();
      },
    });
    this.#subscriber = new ReconnectingLink({
      ...target,
      sink: this.#subscriptions,
      isProven: () => this.#commands.isProven,
      prepare: async (connection) => {
        await this.#resubscribe(connection);
        this.#align(this.#subscriber, connection, this.#commands);
      },
      changed: (change) => this.#subscriptions.tell(change),
    });
    this.#role = new RoleWatch(
      name,
      this.#commands,
      (cause) => void this.#subscriber.current?.close(cause),
    );
    this.#publisher = new Publisher({
      name,
      maxPayload,
      commands: this.#commands,
      role: this.#role,
      listening: async (timeout, signal) => {
        if (this.#subscriptions.confirmed.length === 0) return;
        await this.#subscriber.whenUp(timeout, signal);
      },
    });
  }

  /** Why the server can't be reached now; `undefined` if it can, or was not tried yet. */
  get trouble(): Error | undefined {
    return this.#commands.trouble ?? this.#subscriber.trouble;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  get connection(): number | undefined {
    return this.#commands.current?.openedAt;
  }

  get mode(): "standalone" | "cluster" | undefined {
    const { current } = this.#commands;
    return (current ?? this.#subscriber.current)?.mode;
  }

  get node(): string | null | undefined {
    if (!this.#home) return undefined;
    const commands = this.#commands.current;
    const subscriber = this.#subscriber.current;
    if (commands === undefined || subscriber === undefined) return null;
    return commands.node === subscriber.node ? commands.node : null;
  }

  /**
   * Resolves with the connection for commands when the link is up.
   *
   * @throws {Error} If the connection can't be opened within `connectTimeout`.
   */
  ready(signal?: AbortSignal): Promise<C> {
    return this.#commands.whenReady(signal);
  }

  publish(
    channel: string,
    payload: string,
    options: TransportPublishOptions = {},
  ): Promise<number> {
    return new Promise((sent, failed) =>
      this.post(channel, payload, options, { sent, failed })
    );
  }

  post(
    channel: string,
    payload: string,
    options: TransportPublishOptions,
    receipt: Receipt,
  ): void {
    this.#publisher.post(channel, payload, options, receipt);
  }

  /** Ends the connections that lead elsewhere; `dial` opens the next ones. */
  leave(isElsewhere: (connection: C) => boolean, cause: Error): void {
    for (const { current } of [this.#commands, this.#subscriber]) {
      if (current && isElsewhere(current)) void current.close(cause);
    }
  }

  async verify(): Promise<boolean> {
    const { current } = this.#commands;
    // A link that is down is remade only to the server to use.
    if (current === undefined) return true;
    await Promise.all([this.#role.verify(), this.#verify?.()]);
    return !(current.cause instanceof RedisRoleError);
  }

  async countSubscribers(channels: readonly string[]): Promise<number[]> {
    const connection = this.#commands.current ?? await this.ready();
    const reply = await connection.send(["PUBSUB", "NUMSUB", ...channels]);
    if (!Array.isArray(reply)) return [];
    return channels.map((_, n) => Number(reply[n * 2 + 1]));
  }

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
      await this.#confirm(names, sink);
    } catch (error) {
      await this.#unsubscribe(names, sink);
      throw error;
    }
    return { close: () => this.#unsubscribe(names, sink) };
  }

  /** Closes both links. Idempotent. */
  close(reason = `The client of ${this.name} is closed`): Promise<void> {
    return this.#closing ??= (async () => {
      const cause = new RedisConnectionError(reason);
      this.#closed?.(cause);
      await Promise.all([
        this.#commands.close(cause),
        this.#subscriber.close(cause),
      ]);
    })();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Makes the other link follow a link that comes up at another server.
   *
   * @throws {RedisConnectionError} If the link itself must follow the other one.
   */
  #align(
    link: ReconnectingLink<C>,
    connection: C,
    other: ReconnectingLink<C>,
  ): void {
    const { address } = connection;
    const there = this.#newest.get(other);
    const isApart = there !== undefined &&
      there.cause === undefined && there.address !== address;
    if (isApart && this.#following === link) {
      throw new RedisConnectionError(
        `Cannot use ${address} as the other connection of this client leads to ${there.address}`,
      );
    }
    this.#newest.set(link, connection);
    this.#following = isApart ? other : undefined;
    if (!isApart) return;
    void there.close(
      new RedisRoleError(
        `Left ${there.address} as the other connection of this client leads to ${address} now`,
        "replica",
      ),
    );
  }

  /** Waits until the server has confirmed these channels, through reconnects. */
  async #confirm(channels: readonly string[], sink: Sink): Promise<void> {
    for (;;) {
      const connection = await this.#subscriber.whenReady();
      // A link that was lost for good meanwhile has removed the sink.
      this.#subscriptions.add(channels, sink);
      const missing = this.#subscriptions.unconfirmed(channels);
      try {
        if (missing.length > 0) await connection.subscribe(missing);
        return this.#subscriptions.confirm(missing);
      } catch (error) {
        if (error instanceof RedisReplyError) throw error;
        // The connection was lost meanwhile: the next one subscribes.
        await connection.close(error as Error);
      }
    }
  }

  /**
   * Subscribes a new connection to every confirmed channel. If the server
   * refuses one channel, because a right was taken away, the other channels must
   * still be subscribed to.
   */
  async #resubscribe(connection: C): Promise<void> {
    this.#subscribing = connection;
    const { confirmed } = this.#subscriptions;
    if (confirmed.length === 0) return;
    try {
      await connection.subscribe(confirmed);
    } catch (error) {
      if (!(error instanceof RedisPermissionError)) throw error;
      await Promise.all(
        confirmed.map((channel) => this.#resubscribeOne(connection, channel)),
      );
    }
  }

  async #resubscribeOne(connection: C, channel: string): Promise<void> {
    try {
      await connection.subscribe([channel]);
    } catch (error) {
      if (!(error instanceof RedisPermissionError)) throw error;
      this.#subscriptions.refuse(channel, error);
    }
  }

  async #unsubscribe(channels: readonly string[], sink: Sink): Promise<void> {
    const unused = this.#subscriptions.remove(channels, sink);
    const connection = this.#subscribing;
    if (unused.length === 0 || connection === undefined) return;
    // The loss of a connection ends its subscriptions, too.
    if (connection.cause !== undefined) return;
    await atMost(UNSUBSCRIBE_PATIENCE, connection.unsubscribe(unused));
  }
}
