/**
 * Listens to the states of other processes and answers them.
 *
 * @module
 */
import { openTransport } from "../connect.ts";
import { abortable } from "../internal/abortable.ts";
import { checkText, checkWhole } from "../internal/check.ts";
import { leveledLogger, type Logger } from "../internal/logger.ts";
import { emit, TypedEventTarget } from "../internal/typed_event_target.ts";
import type { Ticket } from "../protocol/extension.ts";
import { readPing, takeTicket } from "../protocol/extension_parser.ts";
import { SHUTDOWN, type Signal } from "../protocol/signal.ts";
import { parseSignal } from "../protocol/signal_parser.ts";
import { Answerer } from "./answerer.ts";
import type { ResponderEvents } from "./events.ts";
import { hostName } from "./host.ts";
import { PublisherWatch } from "./publisher_watch.ts";
import type {
  ListenOptions,
  ResponderCounts,
  ResponderOptions,
  RespondOptions,
} from "./responder_options.ts";
import { Service } from "./serve.ts";
import type { Handlers, ServeOptions } from "./serve_options.ts";
import { SignalFeed } from "./signal_feed.ts";
import { Subscriber } from "./subscriber.ts";
import { Tickets } from "./tickets.ts";

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
  readonly #logger: Logger;
  readonly #answerer: Answerer;
  readonly #tickets = new Tickets();
  readonly #watch: PublisherWatch;
  readonly #signals: Subscriber;
  readonly #feed: SignalFeed;
  readonly #services = new Set<Service>();
  #lockedId: string | undefined;
  #lockedTag: string | undefined;
  #dropped = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: ResponderOptions) {
    super();
    const {
      namespace,
      queueCapacity = 10_000,
      name = hostName(),
      unlockLost = false,
    } = options;
    checkText(name, "name");
    const { id = `${name}-${crypto.randomUUID()}-resp` } = options;
    checkText(id, "id");
    checkWhole(queueCapacity, "queueCapacity", 1, Number.MAX_SAFE_INTEGER);
    const logger = leveledLogger(options.logger, options.logLevel);
    this.#logger = logger;
    this.#answerer = new Answerer(id, namespace, this.#tickets, logger);
    this.#feed = new SignalFeed({
      capacity: queueCapacity,
      accept: (signal) =>
        (this.#lockedId === undefined ||
          signal.publisherId === this.#lockedId) &&
        (this.#lockedTag === undefined || signal.tag === this.#lockedTag),
      onOverflow: (signal) =>
        emit(this, "overflow", { signal, dropped: ++this.#dropped }),
    });
    this.#watch = new PublisherWatch({
      publishers: () => this.#tickets.watchable,
      count: (ids) => this.#answerer.count(ids),
      lost: (publisherId) => {
        this.#tickets.lost(publisherId);
        if (unlockLost && this.#lockedId === publisherId) {
          this.#lockedId = undefined;
        }
        this.#abandon(publisherId);
        emit(this, "publisher-lost", { publisherId });
      },
      logger,
    });
    this.#signals = new Subscriber(this, logger, {
      take: (payload) => this.#take(payload),
      up: () => this.#answerer.returned(),
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
    const answerer = responder.#answerer;
    const { transport } = answerer.opened = await openTransport(options);
    try {
      const subscribed = Promise.all([
        responder.#signals.subscribe(transport, answerer.channels.signals),
        answerer.holdChannel({ message: (text) => responder.#takeOwn(text) }),
      ]);
      await abortable(subscribed, options.signal);
      return responder;
    } catch (error) {
      await responder.close();
      throw error;
    }
  }

  /** `<name>-<uuid4>-resp`: names this responder on the wire. */
  get responderId(): string {
    return this.#answerer.responderId;
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
  respond(
    to: Signal | { publisherId: string; event: string },
    options: RespondOptions = {},
  ): Promise<void> {
    if (this.#closing === undefined) return this.#answerer.respond(to, options);
    const { responderId } = this;
    return Promise.reject(
      new Error(`Cannot respond as the responder ${responderId} is closed`),
    );
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

  /**
   * Serves handlers: each signal of an event that has one is acted on, and the
   * outcome is its answer. `initialization` is answered by itself, and while a
   * handler runs so is the question whether it is still at work.
   *
   * @param handlers The handlers by event.
   * @param options How many at a time, what ends it, and the like.
   * @returns Resolves when serving was ended, or the responder closed.
   * @throws {TypeError | RangeError} If an argument can't be used.
   * @throws {Error} If the link is lost for good.
   *
   * @example
   * ```ts
   * import { SignalResponder } from "@dsa/state-signals";
   *
   * await using responder = await SignalResponder.connect({ name: "vm-1" });
   * await responder.serve({
   *   "benchmark-start": async (signal, { progress, signal: abort }) => {
   *     await progress("warming up");
   *     await fetch("http://127.0.0.1:8080/run", { signal: abort });
   *     return `ran sample ${signal.sampleNo}`;
   *   },
   * }, { until: "shutdown" });
   * ```
   */
  async serve(handlers: Handlers, options: ServeOptions = {}): Promise<void> {
    const service = new Service(
      {
        listen: (bounds) => this.listen(bounds),
        respond: (signal, answer) => this.respond(signal, answer),
        correlates: (publisherId) => this.#tickets.knows(publisherId),
        logger: this.#logger,
      },
      handlers,
      options,
    );
    this.#services.add(service);
    try {
      await service.run(options.signal);
    } finally {
      this.#services.delete(service);
    }
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

  #take(payload: string): void {
    const { signal, ticket } = takeTicket(parseSignal(payload));
    if (ticket !== undefined && !this.#isNew(signal, ticket)) return;
    this.#tickets.follow(signal);
    if (signal.event === SHUTDOWN) this.#abandon(signal.publisherId);
    this.#feed.push(signal);
  }

  /** Nobody works for a publisher that waits no more, whatever the locks say. */
  #abandon(publisherId: string): void {
    for (const service of this.#services) service.abandon(publisherId);
  }

  /** What comes on its own channel: signals once more, and questions whether it is there. */
  #takeOwn(text: string): void {
    try {
      const publisherId = readPing(text);
      if (publisherId === undefined) this.#signals.message(text);
      else this.#answerer.pong(publisherId);
    } catch {
      this.#signals.unreadable("it came on the responder's own channel");
    }
  }

  /** Whether a signal has not been seen; one that has is not yielded, but answered as it was. */
  #isNew(signal: Signal, ticket: Ticket): boolean {
    const { fresh, answer, missed } = this.#tickets.note(signal, ticket);
    const { publisherId } = signal;
    this.#watch.start();
    if (missed > 0) emit(this, "gap", { downtime: 0, missed, publisherId });
    if (answer !== undefined) this.#answerer.repeat(signal, ticket, answer);
    return fresh;
  }

  async #close(): Promise<void> {
    this.#feed.end();
    this.#watch.stop();
    await this.#signals.close();
    await this.#answerer.close();
  }
}
