/**
 * The working half of a responder: takes what arrives, keeps it for who listens,
 * and answers. What a caller may ask of it is up to the responder.
 *
 * @module
 */
import type { OpenedTransport } from "../../connect.ts";
import { abortable } from "../../internal/abortable.ts";
import type { Logger } from "../../internal/logger.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { Ticket } from "../../protocol/extension/extension.ts";
import { readPing } from "../../protocol/extension/parser.ts";
import { SHUTDOWN, type Signal } from "../../protocol/signal/signal.ts";
import { parseTicketedSignal } from "../../protocol/signal/parser.ts";
import { Answerer } from "./response_sender.ts";
import { PublisherWatch } from "./publisher_monitor.ts";
import type { ResponderCounts, RespondOptions } from "./options.ts";
import { Service } from "./serve.ts";
import type { Handlers, ServeOptions } from "./serve_options.ts";
import { SignalFeed } from "./signal_feed.ts";
import { Subscriber, type SubscriberHooks } from "../channel_listener.ts";
import { Tickets } from "./seen_signals.ts";

/** What a {@linkcode Reception} is told. */
export interface ReceptionOptions {
  responderId: string;
  namespace: string | undefined;
  queueCapacity: number;
  /** Whether a lock onto a publisher that is lost is released. */
  unlockLost: boolean;
  logger: Logger;
}

/** Receives signals and answers them. */
export class Reception implements SubscriberHooks {
  #lockedId: string | undefined;
  #lockedTag: string | undefined;
  readonly #logger: Logger;
  readonly #answerer: Answerer;
  readonly #tickets = new Tickets();
  readonly #watch: PublisherWatch;
  readonly #signals: Subscriber;
  readonly #feed: SignalFeed;
  readonly #services = new Set<Service>();
  readonly #target: EventTarget;
  #dropped = 0;
  #closing: Promise<void> | undefined;

  /** @param target Dispatches the responder's events. */
  constructor(target: EventTarget, options: ReceptionOptions) {
    const { responderId, namespace, queueCapacity, unlockLost, logger } =
      options;
    this.#target = target;
    this.#logger = logger;
    this.#answerer = new Answerer(
      responderId,
      namespace,
      this.#tickets,
      logger,
    );
    this.#feed = new SignalFeed({
      capacity: queueCapacity,
      onOverflow: (signal) =>
        emit(target, "overflow", { signal, dropped: ++this.#dropped }),
    });
    this.#watch = new PublisherWatch({
      publishers: () => this.#tickets.watchable,
      heard: (publisherId) => this.#tickets.heard(publisherId),
      count: (ids) => this.#answerer.count(ids),
      lost: (publisherId) => {
        this.#tickets.lost(publisherId);
        if (unlockLost && this.#lockedId === publisherId) {
          this.lockId(undefined);
        }
        this.#abandon(publisherId);
        emit(target, "publisher-lost", { publisherId });
      },
      logger,
    });
    this.#signals = new Subscriber(target, logger, this);
  }

  /**
   * Begins to listen; resolves when that is confirmed.
   *
   * @throws {Error} If it is not; everything is closed by then.
   */
  async open(
    opened: OpenedTransport,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const answerer = this.#answerer;
    const { transport } = answerer.opened = opened;
    const subscribed = Promise.all([
      this.#signals.subscribe(transport, answerer.channels.signals),
      answerer.holdChannel({ message: (text) => this.#takeOwn(text) }),
    ]);
    try {
      await abortable(subscribed, signal);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Names the responder on the wire. */
  get responderId(): string {
    return this.#answerer.responderId;
  }

  /** What was passed over so far. */
  get counts(): ResponderCounts {
    return { malformed: this.#signals.malformed, dropped: this.#dropped };
  }

  /** From now on yields only signals of this publisher, or of any. */
  lockId(publisherId: string | undefined): void {
    this.#lockedId = publisherId;
    this.#applyLocks();
  }

  /** From now on yields only signals with this tag, or with any. */
  lockTag(tag: string | undefined): void {
    this.#lockedTag = tag;
    this.#applyLocks();
  }

  #applyLocks(): void {
    const [id, tag] = [this.#lockedId, this.#lockedTag];
    this.#feed.accept = id === undefined && tag === undefined
      ? undefined
      : (signal) =>
        (id === undefined || signal.publisherId === id) &&
        (tag === undefined || signal.tag === tag);
  }

  /** Yields signals, filtered by the locks as they are when one is taken. */
  listen(signal: AbortSignal | undefined): AsyncIterableIterator<Signal> {
    return this.#feed.listen(signal);
  }

  /** Answers an event of a publisher. */
  respond(
    to: { publisherId: string; event: string },
    options: RespondOptions,
  ): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(
        new Error(
          `Cannot respond as the responder ${this.responderId} is closed`,
        ),
      );
    }
    try {
      return this.#answerer.respond(to, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Serves handlers. */
  async serve(handlers: Handlers, options: ServeOptions): Promise<void> {
    const service = new Service(
      {
        listen: ({ signal }) => this.listen(signal),
        respond: (signal, answer = {}) => this.respond(signal, answer),
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

  /** Ends everything. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Takes a message of the signals' channel. */
  take(payload: string): void {
    const { signal, ticket } = parseTicketedSignal(payload);
    if (ticket !== undefined && !this.#isNew(signal, ticket)) return;
    this.#tickets.follow(signal);
    if (signal.event === SHUTDOWN) this.#abandon(signal.publisherId);
    this.#feed.push(signal);
  }

  /** The link is back. */
  up(): void {
    this.#answerer.returned();
  }

  /** The link is lost for good. */
  lost(cause: Error): void {
    this.#feed.end(cause);
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
    if (missed > 0) {
      emit(this.#target, "gap", { downtime: 0, missed, publisherId });
    }
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
