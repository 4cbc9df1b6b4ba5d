/**
 * The working half of a responder: takes what arrives, keeps it for the listeners,
 * and responds. The responder decides which calls are allowed, and when.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { dropOldest } from "../../internal/drop_oldest.ts";
import type { Intervals } from "../../internal/intervals.ts";
import type { Logger } from "../../internal/logger.ts";
import { emit } from "../../internal/typed_event_target.ts";
import {
  EXTENSION_VERSION,
  type Ticket,
} from "../../protocol/extension/extension.ts";
import { readSideMessage } from "../../protocol/extension/parser.ts";
import { reasonOf } from "../../protocol/reason.ts";
import { parseTicketedSignal } from "../../protocol/signal/parser.ts";
import type { TicketedSignal } from "../../protocol/signal/ticketed_signal.ts";
import {
  INITIALIZATION,
  SHUTDOWN,
  type Signal,
} from "../../protocol/signal/signal.ts";
import type { OpenTransport } from "../../transport/open_transport.ts";
import { ChannelListener } from "../channel_listener.ts";
import type {
  Handlers,
  ResponderCounts,
  RespondOptions,
  ServeOptions,
} from "./options.ts";
import { MissedSignals } from "./missed_signals.ts";
import { PublisherMonitor } from "./publisher_monitor.ts";
import { ResponseSender } from "./response_sender.ts";
import { type ResponseTarget, SeenSignals } from "./seen_signals.ts";
import { Services } from "./services.ts";
import { SignalFeed } from "./signal_feed.ts";
import { StopRequester } from "./stop_requester.ts";
import { UnhandledEvents } from "./unhandled.ts";

/** Most publishers that are remembered because they have asked this responder to subscribe, or have ended. */
const MAX_PUBLISHERS = 1_024;

/** The dependencies of {@linkcode SignalReceiver}. */
export interface SignalReceiverOptions {
  transport: OpenTransport;
  responderId: string;
  namespace: string | undefined;
  queueCapacity: number;
  /** Whether a lock onto a publisher that is lost is released. */
  unlockLost: boolean;
  /** How often publishers are looked for, and told of progress. */
  intervals: Intervals;
  /** Whether the server may be asked how many subscribers an inbox has. */
  counts: boolean;
  logger: Logger;
}

/** Receives signals and responds to them. */
export class SignalReceiver {
  readonly #options: SignalReceiverOptions;
  readonly #target: EventTarget;
  readonly #seen = new SeenSignals();
  readonly #sender: ResponseSender;
  readonly #monitor: PublisherMonitor;
  readonly #listener: ChannelListener;
  readonly #feed: SignalFeed;
  readonly #services: Services;
  /** Asks exporters to stop. */
  readonly stops: StopRequester;
  /** Publishers whose `initialization` has come since the link is up, and no lock has passed it over. */
  readonly #askedBy = new Set<string>();
  /** Publishers whose `shutdown` has come, and no `initialization` since. */
  readonly #ended = new Set<string>();
  readonly #missed: MissedSignals;
  #lockedId: string | undefined;
  #lockedTag: string | undefined;
  #isOpen = false;
  #hasToldUnreadable = false;
  #dropped = 0;
  #closing: Promise<void> | undefined;

  /** @param target Dispatches the responder's events. */
  constructor(target: EventTarget, options: SignalReceiverOptions) {
    const { logger, intervals, counts } = options;
    const seen = this.#seen;
    this.#options = options;
    this.#target = target;
    this.#sender = new ResponseSender({ ...options, seen });
    this.stops = new StopRequester(this.#sender);
    this.#missed = new MissedSignals(target, (id) => seen.takeMissed(id));
    this.#feed = new SignalFeed({
      capacity: options.queueCapacity,
      onOverflow: (signal) => this.#drop(signal),
      accepts: (signal, isShared) => this.#accepts(signal, isShared),
    });
    this.#services = new Services({
      listen: (signal) => this.listen(signal),
      respond: (signal, answer) => this.respond(signal, answer),
      givesTickets: (publisherId) => seen.givesTickets(publisherId),
      isClosed: () => this.#closing !== undefined,
      unhandled: new UnhandledEvents(target, logger, this.#feed),
      logger,
    }, intervals.progressInterval);
    this.#monitor = new PublisherMonitor({
      publishers: () => seen.watchable,
      wasHeard: (publisherId) => seen.wasHeard(publisherId),
      holdsInbox: (id) =>
        !this.#closing && !this.#ended.has(id) && seen.holdsInbox(id),
      count: async (ids) => counts ? await this.#sender.count(ids) : undefined,
      ask: (publisherId) => this.#sender.ping(publisherId),
      verify: async () => await options.transport.verify?.() ?? true,
      lost: (publisherId) => this.#lose(publisherId),
      intervals,
      logger,
    });
    this.#listener = new ChannelListener(target, logger, {
      take: (payload) =>
        this.#admit(parseTicketedSignal(payload), payload.length),
      down: () => this.#monitor.disturb(),
      up: () => this.#return(),
      lost: (cause) => this.#feed.end(cause),
    });
  }

  /**
   * Begins to listen; resolves when the server has confirmed that.
   *
   * @throws {Error} If it has not; everything is closed by then.
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const { transport } = this.#options;
    const subscribed = Promise.all([
      this.#listener.subscribe(transport, this.#sender.channels.signals),
      this.#sender.holdInbox({
        message: (text) => this.#takeAlone(text),
        unreadable: (reason) => this.#listener.unreadable(reason),
      }),
    ]);
    try {
      await abortable(subscribed, signal);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#isOpen = true;
    this.#greet();
  }

  /** Names the responder on the wire. */
  get responderId(): string {
    return this.#options.responderId;
  }

  /** What a responder shows of itself. */
  get view(): Record<string, unknown> {
    return {
      responderId: this.responderId,
      state: this.#closing ? "closed" : "listening",
      lockedId: this.#lockedId,
      lockedTag: this.#lockedTag,
    };
  }

  /** Counts of the messages that were passed over so far. */
  get counts(): ResponderCounts {
    return { malformed: this.#listener.malformed, dropped: this.#dropped };
  }

  /** From now on hands out signals of this publisher only; `undefined`: of any. */
  lockId(publisherId: string | undefined): void {
    this.#lockedId = publisherId;
    this.#greetSoon();
  }

  /** From now on hands out signals with this tag only; `undefined`: with any. */
  lockTag(tag: string | undefined): void {
    this.#lockedTag = tag;
    this.#greetSoon();
  }

  /** Hands out signals, filtered by the locks as they are when a signal is taken. */
  listen(signal: AbortSignal | undefined): AsyncIterableIterator<Signal> {
    return this.#feed.listen(signal);
  }

  /** Responds to a signal. */
  respond(to: ResponseTarget, options: RespondOptions): Promise<void> {
    try {
      this.#checkOpen("respond");
      const sending = this.#sender.respond(to, options);
      // From now on it matters whether that publisher lives.
      if (to.event === INITIALIZATION) this.#monitor.meet(to.publisherId);
      return sending;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Serves handlers. */
  async serve(handlers: Handlers, options: ServeOptions): Promise<void> {
    this.#checkOpen("serve");
    await this.#services.serve(handlers, options);
  }

  /** Ends everything. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  #checkOpen(what: string): void {
    if (this.#closing === undefined) return;
    throw new Error(
      `Cannot ${what} as the responder ${this.responderId} is closed`,
    );
  }

  async #close(): Promise<void> {
    this.#feed.end();
    this.stops.close();
    this.#monitor.stop();
    this.#missed.close();
    await Promise.all([this.#listener.close(), this.#sender.close()]);
    await this.#options.transport.close();
  }

  /** Takes a message of the responder's inbox: a signal once more, a question, or the answer to one. */
  #takeAlone(text: string): void {
    const said = readSideMessage(text);
    if (said?.ping !== undefined) return this.#sender.pong(said.ping.id);
    if (said?.pong !== undefined) return this.#monitor.heard(said.pong);
    if (said?.heard !== undefined) return this.stops.heard(said.heard);
    const read = parseTicketedSignal(text);
    const { event, publisherId } = read.signal;
    const isKnown =
      event === INITIALIZATION && this.#askedBy.has(publisherId) ||
      event === SHUTDOWN && this.#ended.has(publisherId);
    if (!isKnown) this.#admit(read, text.length);
  }

  /** Hands a signal out, unless it was seen before. */
  #admit({ signal, ticket }: TicketedSignal, length: number): void {
    if (ticket === undefined) this.#seen.noteUnticketed(signal);
    else if (!this.#isFresh(signal, ticket)) return;
    const { event, publisherId } = signal;
    // A signal without an extension has the ticket `null`.
    if (signal.ticket === undefined) this.#tellUnreadable(publisherId);
    if (event === INITIALIZATION) {
      this.#askedBy.add(publisherId);
      dropOldest(this.#askedBy, MAX_PUBLISHERS);
      this.#ended.delete(publisherId);
    }
    if (event === SHUTDOWN) {
      this.#ended.add(publisherId);
      dropOldest(this.#ended, MAX_PUBLISHERS);
      this.#seen.ended(publisherId);
      this.#monitor.forget(publisherId);
      this.#services.abandon(
        publisherId,
        "shutdown",
        reasonOf(signal.metadata),
      );
    }
    this.#feed.push(signal, length);
  }

  #tellUnreadable(publisherId: string): void {
    if (this.#hasToldUnreadable) return;
    this.#hasToldUnreadable = true;
    this.#options.logger.warn(
      `Can't name signals of ${publisherId} in responses as their extension must have version ${EXTENSION_VERSION}: use the same version of state-signals at both ends`,
    );
  }

  /** Whether a signal was not seen before; one that was is answered as it was. */
  #isFresh(signal: Signal, ticket: Ticket): boolean {
    const { publisherId } = signal;
    const sighting = this.#seen.note(signal, ticket);
    const { isFresh, isNewcomer, answer, leavesHoles } = sighting;
    if (isNewcomer) this.#monitor.meet(publisherId);
    this.#monitor.start();
    if (leavesHoles) this.#missed.tellLater(publisherId);
    if (answer !== undefined) this.#sender.repeat(signal, ticket, answer);
    return isFresh;
  }

  /** Whether the locks let a signal through. */
  #accepts(signal: Signal, isShared: boolean): boolean {
    const { publisherId, tag, event } = signal;
    const [id, lockedTag] = [this.#lockedId, this.#lockedTag];
    if (
      (id === undefined || publisherId === id) &&
      (lockedTag === undefined || tag === lockedTag)
    ) return true;
    // Another listener may have got the signal while the locks were others.
    if (!isShared) this.#seen.passedOver(signal);
    if (event === INITIALIZATION) this.#askedBy.delete(publisherId);
    return false;
  }

  /** The link is back. */
  #return(): void {
    this.#monitor.disturb();
    this.#sender.returned();
    this.#askedBy.clear();
    this.#greet();
  }

  /** Says that this responder hears signals from now on, with the locks as they will be. */
  #greetSoon(): void {
    if (this.#isOpen) queueMicrotask(() => this.#greet());
  }

  #greet(): void {
    if (this.#closing !== undefined) return;
    this.#sender.greet(this.#lockedId, this.#lockedTag);
  }

  #lose(publisherId: string): void {
    this.#seen.ended(publisherId);
    const isLocked = this.#lockedId === publisherId;
    if (isLocked && this.#options.unlockLost) this.lockId(undefined);
    this.#services.abandon(publisherId, "lost");
    emit(this.#target, "publisher-lost", { publisherId });
  }

  #drop(signal: Signal): void {
    if (this.#dropped++ === 0) {
      this.#options.logger.warn(
        `Dropped "${signal.event}" of ${signal.publisherId} as signals arrive faster than they are taken: read listen() faster, or raise queueCapacity; further drops are counted, not logged`,
      );
    }
    emit(this.#target, "overflow", { signal, dropped: this.#dropped });
  }
}
