/**
 * Listens to the states of other processes and answers them.
 *
 * @module
 */
import {
  type ConnectOptions,
  type OpenedTransport,
  openTransport,
} from "../connect.ts";
import { abortable } from "../internal/abortable.ts";
import { checkText, checkWhole } from "../internal/check.ts";
import { leveledLogger } from "../internal/logger.ts";
import { emit, TypedEventTarget } from "../internal/typed_event_target.ts";
import { type Channels, channelsOf } from "../protocol/channels.ts";
import { encodeResponse } from "../protocol/response.ts";
import { parseSignal, type Signal } from "../protocol/signal.ts";
import type { ResponderEvents } from "./events.ts";
import { hostName } from "./host.ts";
import { SignalFeed } from "./signal_feed.ts";
import { Subscriber } from "./subscriber.ts";

/** What {@linkcode SignalResponder.connect} takes. */
export interface ResponderOptions extends ConnectOptions {
  /**
   * First part of the responder's id.
   *
   * @default {the host name if --allow-sys=hostname is granted, else "unknown"}
   */
  name?: string;
  /** The whole id, where an exporter expects a certain one. @default {`<name>-<uuid4>-resp`} */
  id?: string;
  /**
   * Most signals that wait for one `listen()`; one more drops the oldest, which
   * an `overflow` event reports.
   *
   * @default {10_000}
   */
  queueCapacity?: number;
}

/** What {@linkcode SignalResponder.listen} takes. */
export interface ListenOptions {
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal;
}

/** An answer. */
export interface RespondOptions {
  /** Response action success: 1 acted on it, anything else did not. Left out where not given. */
  ras?: number;
  /** What there is to say. Left out where not given. */
  message?: string;
}

/** What was passed over so far. */
export interface ResponderCounts {
  /** Messages on the signal channel that are no signal. */
  readonly malformed: number;
  /** Signals that a full queue dropped. */
  readonly dropped: number;
}

/**
 * Receives signals and answers them.
 *
 * @example
 * ```ts
 * import { SignalResponder } from "@dsa/state-signals";
 *
 * await using responder = await SignalResponder.connect({
 *   redis: "redis://127.0.0.1:6379",
 *   name: "collector",
 * });
 * for await (const signal of responder) {
 *   await responder.srespond(signal, 1, "done");
 *   if (signal.event === "shutdown") break;
 * }
 * ```
 */
export class SignalResponder extends TypedEventTarget<ResponderEvents>
  implements AsyncDisposable {
  /** `<name>-<uuid4>-resp`: names this responder on the wire. */
  readonly responderId: string;
  #opened!: OpenedTransport;
  readonly #channels: Channels;
  readonly #signals: Subscriber;
  readonly #feed: SignalFeed;
  #lockedId: string | undefined;
  #lockedTag: string | undefined;
  #dropped = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: ResponderOptions) {
    super();
    const {
      namespace,
      logger,
      logLevel,
      queueCapacity = 10_000,
      name = hostName(),
    } = options;
    checkText(name, "name");
    const { id = `${name}-${crypto.randomUUID()}-resp` } = options;
    checkText(id, "id");
    checkWhole(queueCapacity, "queueCapacity", 1, Number.MAX_SAFE_INTEGER);
    this.responderId = id;
    this.#channels = channelsOf(namespace);
    this.#feed = new SignalFeed({
      capacity: queueCapacity,
      accept: (signal) =>
        (this.#lockedId === undefined ||
          signal.publisherId === this.#lockedId) &&
        (this.#lockedTag === undefined || signal.tag === this.#lockedTag),
      onOverflow: (signal) =>
        emit(this, "overflow", { signal, dropped: ++this.#dropped }),
    });
    this.#signals = new Subscriber(this, leveledLogger(logger, logLevel), {
      take: (payload) => this.#feed.push(parseSignal(payload)),
      lost: (cause) => this.#feed.end(cause),
    });
  }

  /**
   * Connects a responder; its subscription is confirmed by then, and signals
   * that come before the first `listen()` are kept for it.
   *
   * @param options Where Redis is, a name, and the like.
   * @returns The responder.
   * @throws {TypeError | RangeError} If an option can't be used.
   * @throws {Error} A `RedisConnectionError`, `RedisAuthError` or
   * `RedisPermissionError` if the server can't be reached or refuses;
   * `Deno.errors.NotCapable` if the network permission is missing.
   */
  static async connect(
    options: ResponderOptions = {},
  ): Promise<SignalResponder> {
    const responder = new SignalResponder(options);
    const { transport } = responder.#opened = await openTransport(options);
    try {
      await abortable(
        responder.#signals.subscribe(transport, responder.#channels.signals),
        options.signal,
      );
      return responder;
    } catch (error) {
      await responder.close();
      throw error;
    }
  }

  /** What was passed over so far. */
  get counts(): ResponderCounts {
    return { malformed: this.#signals.malformed, dropped: this.#dropped };
  }

  /**
   * Yields signals, filtered by the locks as they are when a signal is taken.
   * Several at once each see every signal; the first one also gets what came
   * while nobody listened.
   *
   * @param options What ends the iteration.
   * @returns The signals, until the responder is closed.
   * @throws {Error} While iterating, if the link is lost for good.
   */
  listen(options: ListenOptions = {}): AsyncIterableIterator<Signal> {
    return this.#feed.listen(options.signal);
  }

  /** As {@linkcode listen}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Signal> {
    return this.listen();
  }

  /**
   * Answers an event of a publisher. An answer to `initialization` subscribes,
   * and needs no `ras`.
   *
   * @param to The signal, or publisher and event, to answer.
   * @param options The answer.
   * @throws {TypeError} If a field can't be sent; it is named.
   * @throws {Error} If the answer was not confirmed.
   */
  async respond(
    to: Signal | { publisherId: string; event: string },
    options: RespondOptions = {},
  ): Promise<void> {
    if (this.#closing !== undefined) {
      throw new Error(
        `Cannot respond as the responder ${this.responderId} is closed`,
      );
    }
    const payload = encodeResponse({
      responderId: this.responderId,
      publisherId: to.publisherId,
      event: to.event,
      ras: options.ras,
      message: options.message,
    });
    await this.#opened.transport.publish(this.#channels.responses, payload);
  }

  /**
   * Answers a signal; as {@linkcode respond} with its options in a row.
   *
   * @param signal The signal to answer.
   * @param ras 1 acted on it, anything else did not.
   * @param message What there is to say.
   */
  srespond(signal: Signal, ras?: number, message?: string): Promise<void> {
    return this.respond(signal, { ras, message });
  }

  /** Yields signals of this publisher only, from now on. */
  lockId(publisherId: string): void {
    checkText(publisherId, "publisherId");
    this.#lockedId = publisherId;
  }

  /** Yields signals with this tag only, from now on. */
  lockTag(tag: string): void {
    checkText(tag, "tag");
    this.#lockedTag = tag;
  }

  /** Releases both locks. */
  unlock(): void {
    this.#lockedId = undefined;
    this.#lockedTag = undefined;
  }

  /** Ends every iteration, unsubscribes, and closes the connection if it is its own. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#feed.end();
    await this.#signals.close();
    if (this.#opened.owned) await this.#opened.transport.close();
  }
}
