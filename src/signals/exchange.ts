/**
 * The working half of an exporter: sends its signals, takes the answers, and
 * looks after those who give them. What may be asked of it, and when, is up to
 * the exporter.
 *
 * @module
 */
import { checkSpan } from "../internal/check.ts";
import { leveledLogger, type Logger } from "../internal/logger.ts";
import { EXTENSION_KEY } from "../protocol/extension.ts";
import { parseResponse } from "../protocol/response.ts";
import { INITIALIZATION, SHUTDOWN } from "../protocol/signal.ts";
import type { DeliveryError } from "../transport/transport.ts";
import { Correlation } from "./correlation.ts";
import type { ExporterOptions } from "./exporter_options.ts";
import { Liveness } from "./liveness.ts";
import { Membership } from "./membership.ts";
import { Patrol } from "./patrol.ts";
import type { Terms, Wait } from "./pending_publish.ts";
import { Presence } from "./presence.ts";
import type { PublishResult } from "./publish_result.ts";
import { Publishes } from "./publishes.ts";
import { Roster } from "./roster.ts";
import { Sender, type SignalFields } from "./sender.ts";
import { Subscriber } from "./subscriber.ts";

/** A signal that was checked, and how its answers are waited for. */
export interface Announcement {
  readonly event: string;
  readonly fields: SignalFields;
  /** The signal, encoded from these fields. */
  readonly payload: string;
  readonly wait: Wait;
  /** Says, when its turn has come, on what terms it is waited for; throws where it must not go out any more. */
  terms(subscribers: number): Terms;
}

/** Exchanges signals for answers. */
export class Exchange {
  readonly logger: Logger;
  readonly sender: Sender;
  readonly roster: Roster = new Roster();
  readonly publishes: Publishes;
  readonly responses: Subscriber;
  readonly #membership: Membership;
  readonly #liveness: Liveness;
  readonly #patrol: Patrol;
  readonly #presence: Presence;
  readonly #closed = new AbortController();
  /** The signal that asks for subscribers, as long as they are accepted. */
  #initialization: string | undefined;

  /** @param target Dispatches the exporter's events. */
  constructor(
    target: EventTarget,
    processName: string,
    options: ExporterOptions,
  ) {
    const { evictAfterMisses = Infinity, heartbeatTimeout = 15_000 } = options;
    const logger = this.logger = leveledLogger(
      options.logger,
      options.logLevel,
    );
    const sender = this.sender = new Sender(processName, options, logger);
    const roster = this.roster;
    const correlation = new Correlation(roster, options.correlation !== "off");
    const publishes = new Publishes(target, logger, correlation);
    const liveness = new Liveness({
      count: (ids) => sender.count(ids),
      ping: (id) => sender.ping(id),
      heartbeatTimeout: checkSpan(heartbeatTimeout, "heartbeatTimeout"),
      logger,
    });
    const { publisherId, runnerHost } = sender;
    this.#presence = new Presence(
      { publisherId, processName, runnerHost, subscribers: roster.members },
      options.namespace,
      logger,
    );
    this.publishes = publishes;
    this.#liveness = liveness;
    this.#patrol = new Patrol({ publishes, roster, sender, liveness });
    this.#membership = new Membership(target, {
      roster,
      correlation,
      publishes,
      liveness,
      evictAfterMisses: checkSpan(evictAfterMisses, "evictAfterMisses"),
    });
    this.responses = new Subscriber(target, logger, {
      take: (payload) => this.#take(payload),
      down: () => publishes.down(),
      up: () => this.#resume(),
      lost: (cause) => {
        publishes.end("disconnected");
        roster.fail(cause);
      },
    });
  }

  /** Listens to answers; resolves when that is confirmed. */
  async listen(): Promise<void> {
    const { opened, channels } = this.sender;
    // The first signal says already whether the own channel is held.
    await Promise.all([
      this.responses.subscribe(opened.transport, channels.responses),
      this.sender.holdChannel(),
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
    await this.send(initialization);
  }

  /** Sends a signal for which nobody owes an answer. */
  async send(payload: string): Promise<void> {
    await this.sender.send(payload, { signal: this.#closed.signal });
  }

  /** Sends a signal and tells what became of it; nobody owes an answer. */
  tell({ payload, wait }: Announcement): Promise<PublishResult> {
    return this.publishes.send(payload, wait, this.#send);
  }

  /** Sends a signal and waits for the answers. */
  async announce(announcement: Announcement): Promise<PublishResult> {
    const { event, fields, payload, wait } = announcement;
    const subscribers = this.roster.members;
    // With nobody to answer, nothing but the sending is left to wait for.
    if (subscribers.size === 0 && !announcement.terms(0).enough) {
      this.#presence.note(event, fields.tag);
      return await this.tell(announcement);
    }
    const exchange = this.publishes.exchange({
      event,
      wait,
      clear: () => this.#membership.catchUp(event, wait, () => this.askAgain()),
      begin: () => ({
        terms: announcement.terms(subscribers.size),
        subscribers,
      }),
      encode: (ticket) => {
        this.#presence.note(event, fields.tag);
        return this.sender.stamp(payload, ticket, fields);
      },
      send: this.#send,
    });
    this.#patrol.begin(); // now that it is known who owes an answer
    try {
      const result = await exchange;
      this.#membership.judge(result);
      return result;
    } finally {
      this.#patrol.end();
    }
  }

  /** Asks for subscribers once more; a link that is down asks when it is back. */
  askAgain(): void {
    if (this.#initialization === undefined) return;
    this.#membership.ask();
    this.sender.remind(this.#initialization, this.#closed.signal);
  }

  /** Accepts nobody any more, takes everybody off the roster and ends every wait. */
  retire(reason: "shutdown" | "closed"): void {
    this.#initialization = undefined;
    this.#presence.note(SHUTDOWN);
    this.#membership.clear();
    this.publishes.end(reason);
    const { publisherId } = this.sender;
    const cause = new Error(
      `The exporter ${publisherId} stopped waiting: ${reason}`,
    );
    this.roster.fail(cause);
    if (reason === "closed") this.#closed.abort(cause);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.retire("closed");
    await this.responses.close();
    await this.#presence.close();
    await this.sender.close();
  }

  readonly #send = (payload: string, wait: Wait): Promise<number> =>
    this.sender.send(payload, wait).catch((error: DeliveryError) => {
      // Who can tell that it is the same signal gets it once more.
      if (error.outcome === "unknown") this.#repeat();
      throw error;
    });

  /** The link is back: asks who is there, and repeats what some may have missed. */
  #resume(): void {
    this.publishes.up();
    this.askAgain();
    this.#repeat();
  }

  /** Repeats what has not been answered; who has seen it knows it by its ticket. */
  #repeat(to?: string): void {
    for (const { payload, pending, ticketed } of this.publishes.unanswered) {
      if (!ticketed) continue;
      for (const responderId of pending.owed) {
        if (to !== undefined && to !== responderId) continue;
        if (!this.roster.peer(responderId)?.alive) continue;
        this.sender.repeat(payload, responderId);
      }
    }
  }

  #take(payload: string): void {
    // Most responses are for others: telling them by text is far cheaper than parsing them.
    if (this.sender.addressee.isAnother(payload)) return;
    const response = parseResponse(payload);
    const { publisherId, responderId, event, extension } = response;
    if (publisherId !== this.sender.publisherId) return;
    if (extension !== undefined) this.#liveness.heard(responderId);
    if (event === INITIALIZATION) {
      if (this.#initialization === undefined) return;
      this.#membership.join(responderId, extension);
    } else if (event !== EXTENSION_KEY) this.publishes.take(response);
    else if (extension?.leave) this.#membership.leave(responderId);
    else if (extension?.back) {
      const missedSome = this.#membership.returned(responderId, extension);
      if (missedSome) this.#repeat(responderId);
    }
  }
}
