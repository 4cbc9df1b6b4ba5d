/**
 * The listening half of an exporter: takes responses, keeps the roster, and looks
 * after the subscribers. It is loaded by `initialize`, because an exporter that
 * only publishes does without it.
 *
 * @module
 */
import {
  EXTENSION_KEY,
  EXTENSION_VERSION,
  type Hello,
  type ResponseExtension,
} from "../../protocol/extension/extension.ts";
import { isForAnother } from "../../protocol/response/addressee.ts";
import {
  parseResponse,
  type Response,
} from "../../protocol/response/response.ts";
import {
  DEFAULT_TAG,
  INITIALIZATION,
  SHUTDOWN,
} from "../../protocol/signal/signal.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import { ChannelListener } from "../channel_listener.ts";
import { Presence } from "../roll_call/presence.ts";
import type { Correlation } from "./correlation.ts";
import type { InFlight } from "./in_flight.ts";
import { Membership } from "./membership.ts";
import type { ExporterCounts, ExporterSettings } from "./options.ts";
import { PeerInboxes } from "./inbox/peer_inboxes.ts";
import { StopRequests } from "./inbox/stop_requests.ts";
import { Reporter } from "./report/reporter.ts";
import { ResponseMatcher } from "./response_matcher.ts";
import { orderKeyOf, type Roster } from "./roster.ts";
import type { Sender } from "./sender.ts";
import type { SignalLog } from "./signal_log.ts";
import { SubscriberMonitor } from "./subscriber_monitor.ts";

/** The dependencies of {@linkcode ExporterSession}. */
export interface SessionOptions extends Omit<ExporterSettings, "correlates"> {
  sender: Sender;
  roster: Roster;
  inFlight: InFlight;
  log: SignalLog;
  correlation: Correlation;
}

/** Listens to the subscribers of one exporter. */
export class ExporterSession {
  /** The inboxes of the subscribers. */
  readonly inboxes: PeerInboxes;
  /** Decides which responders join and leave. */
  readonly membership: Membership;
  /** The subscriber monitor, which must run as long as responses are waited for. */
  readonly monitor: SubscriberMonitor;
  readonly #options: SessionOptions;
  readonly #responses: ResponseMatcher;
  readonly #listener: ChannelListener;
  readonly #presence: Presence;
  readonly #reporter: Reporter;
  readonly #stops: StopRequests;
  /** The tag of the signal that asks for subscribers, as long as they are accepted. */
  #tag: string | undefined;
  /** The `shutdown` since which no subscriber is accepted. */
  #farewell: string | undefined;
  #hasToldUnreadable = false;

  /** @param target Dispatches the exporter's events. */
  constructor(target: EventTarget, options: SessionOptions) {
    const { sender, roster, inFlight, log, correlation, logger } = options;
    const { identity } = sender;
    const inboxes = new PeerInboxes(sender, roster, inFlight, logger);
    const responses = new ResponseMatcher({
      target,
      logger,
      inFlight,
      log,
      correlation,
    });
    this.#options = options;
    this.inboxes = inboxes;
    this.#responses = responses;
    this.membership = new Membership({
      target,
      roster,
      inFlight,
      evictAfterMisses: options.evictAfterMisses,
      evictsLost: options.evictsLost,
      namesSignals: (responderId) => correlation.namesSignals(responderId),
      ping: (process) => void inboxes.ping(process).catch(() => {}),
      meet: (process) => this.monitor.meet(process),
      heard: (process) => this.monitor.heard(process),
      forget: (process) => this.monitor.forget(process),
    });
    this.monitor = new SubscriberMonitor({
      inFlight,
      roster,
      inboxes,
      responses,
      logger,
      intervals: options.intervals,
      counts: options.counts,
      lost: (process) => this.membership.lost(process),
    });
    this.#reporter = new Reporter({
      target,
      sender,
      roster,
      inFlight,
      inboxes,
    });
    this.#stops = new StopRequests({
      target,
      isRunning: () => this.#tag !== undefined,
      confirm: (request) => inboxes.confirm(request),
      logger,
    });
    this.#presence = new Presence({
      identity,
      subscribers: roster.ids,
      state: () => inFlight.state,
      greet: (hello) => this.#greet(hello),
      recorder: (notice) => this.#reporter.hear(notice),
      logger,
    });
    this.#listener = new ChannelListener(target, logger, {
      take: (payload) => this.#take(payload),
      down: (moved) => this.#down(moved),
      up: () => this.#up(),
      lost: (cause) => {
        inFlight.stop("disconnected");
        roster.fail(cause);
      },
    });
  }

  /** Counts of the messages that were passed over so far. */
  get counts(): ExporterCounts {
    const { malformed } = this.#listener;
    return { ...this.#responses.strays, malformed };
  }

  /** Refuses a publish while responses can't be heard, because subscribers would act on the signal. */
  checkHearing(event: string): void {
    const cause = this.#listener.lost;
    if (cause === undefined) return;
    if (outcomeOf(cause) === "not-sent") throw cause;
    const error = new Error(
      `Cannot publish "${event}" as the link that brings the responses is lost for good, until initialize() opens a new one: ${cause.message}`,
      { cause },
    );
    throw Object.assign(error, { outcome: "not-sent" as const });
  }

  /** Whether responders can say to this exporter that they have connected. */
  get hearsResponders(): boolean {
    return this.#presence.isHeld;
  }

  /** Listens to responses; resolves when the server has confirmed that. */
  async listen(): Promise<void> {
    const { transport, identity } = this.#options.sender;
    const unreadable = (reason: string) => this.#listener.unreadable(reason);
    this.#reporter.begin();
    // The first signal says already whether the inbox is held.
    await Promise.all([
      this.#listener.subscribe(transport, identity.channels.responses),
      this.inboxes.hold(unreadable, (request) => this.#stops.take(request)),
      this.#presence.open(transport, unreadable),
    ]);
  }

  /** Accepts subscribers, these from the start, and asks for others. */
  async accept(
    tag: string = DEFAULT_TAG,
    expected: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const { sender, inFlight, roster } = this.#options;
    inFlight.noteState(INITIALIZATION);
    this.#tag = tag;
    this.#farewell = undefined;
    for (const responderId of expected) this.membership.expect(responderId);
    // Subscribers from before count again when they are proven to be there.
    for (const responderId of roster.isAwaited ? roster.ids : []) {
      const current = roster.get(responderId)?.current;
      if (current?.alive) this.inboxes.ping(current).catch(() => {});
    }
    await sender.sendInitialization({ signal });
  }

  /** Asks for subscribers once more; a link that is down asks when it is back. */
  askAgain(): void {
    if (this.#tag === undefined) return;
    const { sender, logger } = this.#options;
    sender.sendInitialization().catch((error: Error) =>
      logger.warn(
        `Could not publish "${INITIALIZATION}" again: ${error.message}`,
      )
    );
  }

  /**
   * Accepts no subscriber any more, and takes all of them off the roster.
   *
   * @param farewell The `shutdown`, for those that were subscribers and may miss it.
   */
  retire(farewell?: string): void {
    this.#tag = undefined;
    this.#farewell = farewell;
    this.#options.inFlight.noteState(SHUTDOWN);
    this.membership.clear();
  }

  /** Listens no more. */
  async close(): Promise<void> {
    this.monitor.end();
    await Promise.all([
      this.#reporter.close(),
      this.#listener.close(),
      this.#presence.close(),
      this.inboxes.close(),
    ]);
  }

  #down(moved: boolean): void {
    const { inFlight } = this.#options;
    inFlight.down();
    if (moved) inFlight.end("disconnected");
    this.monitor.disturb();
  }

  /** The link is back: asks for subscribers, and redelivers what some may have missed. */
  #up(): void {
    this.#options.inFlight.up();
    this.monitor.disturb();
    this.askAgain();
    this.inboxes.redeliver();
  }

  /** A responder has connected: while subscribers are waited for, it is asked alone. */
  #greet({ id, inc, lockedId, lockedTag }: Hello): void {
    const { sender, roster, logger } = this.#options;
    if (this.#tag === undefined || !roster.isAwaited) return;
    const { publisherId } = sender.identity;
    if (lockedId !== undefined && lockedId !== publisherId) return;
    if (lockedTag !== undefined && lockedTag !== this.#tag) return;
    const process = { responderId: id, inc };
    this.inboxes.send(process, sender.initialization).catch((error: Error) =>
      logger.info(`Could not ask ${id} to subscribe: ${error.message}`)
    );
  }

  #take(payload: string): void {
    // Most responses are for others: to tell them by their text is far cheaper than to parse them.
    const { identity } = this.#options.sender;
    if (isForAnother(payload, identity.uuid)) return;
    const response = parseResponse(payload);
    if (response.publisherId !== identity.publisherId) return;
    const { responderId, event, extension } = response;
    if (extension !== undefined) {
      this.#options.correlation.noteNaming(responderId);
      this.membership.heard(responderId, extension.inc);
    }
    if (extension?.isUnreadable) this.#tellUnreadable(responderId);
    if (event === INITIALIZATION) return this.#join(response);
    if (event !== EXTENSION_KEY) return this.#responses.take(response);
    if (extension === undefined) return;
    if (extension.leave) this.membership.leave(responderId, extension.inc);
    else if (extension.back) this.#redeliver(responderId, extension);
  }

  /** The link of a responder is back: it may have missed what it was sent meanwhile. */
  #redeliver(responderId: string, extension: ResponseExtension): void {
    const { inc } = extension;
    if (this.#farewell === undefined) {
      const missedSome = this.membership.returned(responderId, extension);
      if (missedSome) this.inboxes.redeliver(responderId);
    } else if (inc !== undefined) {
      this.inboxes.send({ responderId, inc }, this.#farewell).catch((
        error: Error,
      ) =>
        this.#options.logger.info(
          `Could not redeliver "${SHUTDOWN}" to ${responderId}: ${error.message}`,
        )
      );
    }
  }

  #tellUnreadable(responderId: string): void {
    if (this.#hasToldUnreadable) return;
    this.#hasToldUnreadable = true;
    this.#options.logger.warn(
      `Can't credit responses of ${responderId} as their extension must have version ${EXTENSION_VERSION}: use the same version of state-signals at both ends`,
    );
  }

  /** An answer to `initialization`: it moves its sender's floor, whether it is accepted or not. */
  #join({ responderId, extension }: Response): void {
    const { log, correlation } = this.#options;
    if (extension === undefined && correlation.namesSignals(responderId)) {
      return;
    }
    if (extension === undefined || !correlation.enabled) {
      const key = orderKeyOf(responderId, extension?.inc);
      log.take(key, INITIALIZATION, undefined);
    }
    if (this.#tag === undefined) return;
    this.membership.join(responderId, extension);
  }
}
