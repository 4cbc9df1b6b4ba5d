/**
 * The working half of an exporter: sends its signals, takes the answers, and
 * looks after those who give them. What may be asked of it, and when, is up to
 * the exporter.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { Addressee } from "../../protocol/response/addressee.ts";
import { EXTENSION_KEY } from "../../protocol/extension/extension.ts";
import { parseResponse } from "../../protocol/response/response.ts";
import { INITIALIZATION, SHUTDOWN } from "../../protocol/signal/signal.ts";
import { closeSignal } from "../../protocol/signal/encoder.ts";
import { Contact } from "./peer_inboxes.ts";
import { Correlation } from "./correlation.ts";
import type { ExporterCounts } from "./options.ts";
import { Liveness } from "../liveness.ts";
import { Membership } from "./membership.ts";
import { Patrol } from "./subscriber_monitor.ts";
import { Presence } from "../roll_call/presence.ts";
import { type Announcement, type Means, Publication } from "./publication.ts";
import type { PublishResult } from "./publish_result.ts";
import { Publishes } from "./in_flight.ts";
import type { Roster } from "./roster.ts";
import type { Sender } from "./sender.ts";
import type { Sends } from "./sends.ts";
import { Subscriber } from "../channel_listener.ts";

/** What an {@linkcode Exchange} is made of. */
export interface ExchangeOptions {
  sender: Sender;
  roster: Roster;
  /** The publishes that nobody owes an answer. */
  sends: Sends;
  logger: Logger;
  /** Throws where an event may not be published any more. */
  checkLegal(event: string): void;
  namespace: string | undefined;
  /** Whether peers that can name the signals that they answer. */
  correlates: boolean;
  /** After how many publishes in a row that it missed a subscriber is struck off. */
  evictAfterMisses: number;
  /** Milliseconds for which a peer may say nothing though asked. */
  heartbeatTimeout: number;
}

/** Exchanges signals for answers. */
export class Exchange {
  readonly #publishes: Publishes;
  readonly #responses: Subscriber;
  readonly #sender: Sender;
  readonly #roster: Roster;
  readonly #sends: Sends;
  readonly #logger: Logger;
  readonly #means: Means;
  readonly #addressee: Addressee;
  readonly #contact: Contact;
  readonly #membership: Membership;
  readonly #liveness: Liveness;
  readonly #presence: Presence;
  /** The signal that asks for subscribers, as long as they are accepted. */
  #initialization: string | undefined;
  /** Whether what has not been answered is about to be repeated. */
  #isRepeating = false;

  /** @param target Dispatches the exporter's events. */
  constructor(target: EventTarget, options: ExchangeOptions) {
    const { sender, roster, sends, logger, namespace } = options;
    const { publisherId, processName, runnerHost } = sender;
    const contact = new Contact(sender, namespace, logger);
    const correlation = new Correlation(roster, options.correlates);
    const publishes = new Publishes(target, logger, correlation);
    const liveness = new Liveness({
      count: (ids) => contact.count(ids),
      ping: (id) => contact.ping(id),
      heartbeatTimeout: options.heartbeatTimeout,
      logger,
    });
    this.#publishes = publishes;
    this.#sender = sender;
    this.#roster = roster;
    this.#sends = sends;
    this.#logger = logger;
    this.#addressee = new Addressee(publisherId, sender.uuid);
    this.#contact = contact;
    this.#presence = new Presence(
      { publisherId, processName, runnerHost, subscribers: roster.members },
      namespace,
      logger,
    );
    this.#liveness = liveness;
    publishes.attendant = new Patrol({
      publishes,
      roster,
      contact,
      liveness,
    });
    this.#membership = new Membership(target, {
      roster,
      correlation,
      publishes,
      liveness,
      evictAfterMisses: options.evictAfterMisses,
    });
    this.#means = {
      roster,
      contact,
      membership: this.#membership,
      presence: this.#presence,
      send: sender.send,
      askAgain: () => this.askAgain(),
      repeat: () => this.#repeatSoon(),
      checkLegal: options.checkLegal,
    };
    this.#responses = new Subscriber(target, logger, {
      take: (payload) => this.#take(payload),
      down: () => publishes.down(),
      up: () => this.#resume(),
      lost: (cause) => {
        publishes.end("disconnected");
        sends.end();
        roster.fail(cause);
      },
    });
  }

  /** What was passed over so far. */
  get counts(): ExporterCounts {
    const { malformed } = this.#responses;
    return { ...this.#publishes.strays, malformed };
  }

  /** Listens to answers; resolves when that is confirmed. */
  async listen(): Promise<void> {
    const { opened, channels } = this.#sender;
    // The first signal says already whether the own channel is held.
    await Promise.all([
      this.#responses.subscribe(opened.transport, channels.responses),
      this.#contact.hold(),
      this.#presence.open(opened.transport),
    ]);
  }

  /** Accepts subscribers, these from the start, and asks for others. */
  async accept(
    initialization: string,
    expected: readonly string[],
  ): Promise<void> {
    this.#presence.note(INITIALIZATION);
    this.#initialization = initialization;
    for (const responderId of expected) this.#membership.expect(responderId);
    this.#membership.ask();
    await this.#sender.announce(initialization);
  }

  /** Sends a signal and waits for the answers. */
  announce(announcement: Announcement): Promise<PublishResult> {
    // With nobody to answer, nothing but the sending is left to wait for.
    if (this.#roster.members.size === 0 && !announcement.enough(0)) {
      const { event, tag, open, fields, wait } = announcement;
      this.#presence.note(event, tag);
      return this.#sends.send(closeSignal(open, fields), wait);
    }
    const result = this.#publishes.exchange(
      new Publication(announcement, this.#means),
    );
    return this.#membership.judges ? result.then(this.#judged) : result;
  }

  readonly #judged = (result: PublishResult): PublishResult => {
    this.#membership.judge(result);
    return result;
  };

  /** Asks for subscribers once more; a link that is down asks when it is back. */
  askAgain(): void {
    if (this.#initialization === undefined) return;
    this.#membership.ask();
    this.#sender.announce(this.#initialization).catch((error: Error) => {
      this.#logger.warn(
        `Could not publish "${INITIALIZATION}" again: ${error.message}`,
      );
    });
  }

  /** Accepts nobody any more, takes everybody off the roster and ends every wait for answers. */
  retire(reason: "shutdown" | "closed"): void {
    this.#initialization = undefined;
    this.#presence.note(SHUTDOWN);
    this.#membership.clear();
    this.#publishes.end(reason);
  }

  /** Listens no more. */
  async close(): Promise<void> {
    await this.#responses.close();
    await this.#presence.close();
    await this.#contact.close();
  }

  /** The link is back: asks who is there, and repeats what some may have missed. */
  #resume(): void {
    this.#publishes.up();
    this.askAgain();
    this.#repeat();
  }

  /** Repeats once for all signals that are lost together. */
  #repeatSoon(): void {
    if (this.#isRepeating) return;
    this.#isRepeating = true;
    queueMicrotask(() => {
      this.#isRepeating = false;
      this.#repeat();
    });
  }

  /**
   * Repeats what has not been answered; who has seen it knows it by its ticket.
   * No repetition outlives its publish: one that was not sent gives its ticket
   * to the next, which a peer that had heard of the ticket would not act on.
   */
  #repeat(to?: string): void {
    for (const publish of this.#publishes.unanswered) {
      const { payload, ticket } = publish;
      if (ticket === undefined) continue;
      for (const responderId of publish.owed) {
        if (to !== undefined && to !== responderId) continue;
        if (!this.#roster.peer(responderId)?.alive) continue;
        const unsent = publish.repeat();
        this.#contact.repeat(payload, responderId, publish.over, unsent);
      }
    }
  }

  #take(payload: string): void {
    // Most responses are for others: telling them by text is far cheaper than parsing them.
    if (this.#addressee.isAnother(payload)) return;
    const response = parseResponse(payload);
    const { publisherId, responderId, event, extension } = response;
    if (publisherId !== this.#sender.publisherId) return;
    if (extension !== undefined) this.#liveness.heard(responderId);
    if (event === INITIALIZATION) {
      if (this.#initialization === undefined) return;
      this.#membership.join(responderId, extension);
    } else if (event !== EXTENSION_KEY) this.#publishes.take(response);
    else if (extension?.leave) this.#membership.leave(responderId);
    else if (extension?.back) {
      const missedSome = this.#membership.returned(responderId, extension);
      if (missedSome) this.#repeat(responderId);
    }
  }
}
