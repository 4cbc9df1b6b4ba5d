/**
 * Finds the publish that a response is for, and reports the responses that are
 * for none.
 *
 * Invariant: a response is entered only for the signal that it is proven to be
 * for. A peer of this module names the signal's ticket; a peer of 1.0.1 answers
 * in the order of the channel, so the exporter's log tells which signals are
 * possible.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { Response } from "../../protocol/response/response.ts";
import type { StrayReason } from "../events.ts";
import type { Correlation } from "./correlation.ts";
import type { InFlight } from "./in_flight.ts";
import { NO_STRAYS } from "./options.ts";
import type { PendingPublish } from "./pending_publish.ts";
import { orderKeyOf, type Owing } from "./roster.ts";
import type { SignalLog } from "./signal_log.ts";

/** The dependencies of {@linkcode ResponseMatcher}. */
export interface ResponseMatcherOptions {
  /** Dispatches `ack`, `progress` and `stray`. */
  target: EventTarget;
  logger: Logger;
  inFlight: InFlight;
  log: SignalLog;
  correlation: Correlation;
}

/** Matches responses with publishes. */
export class ResponseMatcher {
  readonly #options: ResponseMatcherOptions;
  #acks = 0;
  readonly #strays = { ...NO_STRAYS };

  constructor(options: ResponseMatcherOptions) {
    this.#options = options;
  }

  /** How many responses were not counted so far, by reason. */
  get strays(): Readonly<Record<StrayReason, number>> {
    return { ...this.#strays };
  }

  /** How many acknowledgements were counted so far. */
  get acks(): number {
    return this.#acks;
  }

  /** Takes a response to an event that was published. */
  take(response: Response): void {
    const { responderId, event, ras, extension } = response;
    const { inFlight, correlation } = this.#options;
    if (extension === undefined) {
      // A responder id that has named signals before answers in no order.
      if (correlation.namesSignals(responderId)) {
        return this.#stray(response, "stale");
      }
      return this.#takeInOrder(responderId, response);
    }
    const { id, inc } = extension;
    if (typeof id === "string") {
      const named = inFlight.withTicket(id);
      // One that names another signal's event contradicts itself.
      const isConsistent = named?.request.event === event;
      return this.#takeNamed(isConsistent ? named : undefined, response, inc);
    }
    if (id === null && !correlation.enabled) {
      return this.#takeInOrder(orderKeyOf(responderId, inc), response);
    }
    const publishes = inFlight.ofEvent(event);
    const unticketed = publishes.find(({ signal }) =>
      signal.ticket === undefined
    );
    // The signal had no ticket, so it is known only if the event had one such signal.
    if (id === null && correlation.isSingleUnticketed(event)) {
      return this.#takeNamed(unticketed, response, inc);
    }
    // The response may be for any of these publishes, or for an earlier signal.
    const possible = publishes.filter((each) =>
      id === undefined || each === unticketed
    );
    if (ras !== undefined) {
      for (const each of possible) each.doubt(responderId);
    }
    this.#takeNamed(undefined, response, inc);
  }

  /** Takes a response whose signal is known by what the response names. */
  #takeNamed(
    publish: PendingPublish | undefined,
    response: Response,
    inc: string | undefined,
  ): void {
    if (publish === undefined) {
      const isAwaited =
        this.#options.inFlight.ofEvent(response.event).length > 0;
      const isNamed = typeof response.extension?.id === "string";
      return this.#stray(response, isNamed || isAwaited ? "stale" : "late");
    }
    const { responderId, ras } = response;
    const owing = publish.owing(responderId);
    if (owing !== undefined && !mayCount(owing, inc)) {
      if (inc !== undefined && ras !== undefined) {
        publish.noteOther(responderId, inc);
      }
      return this.#stray(response, "stale");
    }
    this.#enter(publish, response);
  }

  /** Takes a response that names no signal, of a peer that answers in the order of the channel. */
  #takeInOrder(peer: string, response: Response): void {
    const { responderId, event, ras } = response;
    const { inFlight, log } = this.#options;
    const publishes = inFlight.ofEvent(event);
    const owed = publishes.find((publish) => publish.owes(responderId));
    if (ras === undefined) return this.#enter(owed, response);
    const { any, only } = log.take(peer, event, owed?.signal.number);
    // No signal is left that it can be for: it repeats or contradicts an earlier response.
    const publish = any
      ? publishes.find(({ signal }) => signal.number === only)
      : publishes.find((each) => each.hasAcked(responderId));
    if (publish !== undefined) {
      return this.#takeNamed(publish, response, response.extension?.inc);
    }
    owed?.doubt(responderId);
    this.#stray(
      response,
      !any ? "duplicate" : only === undefined ? "stale" : "late",
    );
  }

  /** Enters a response that is proven to be for a publish, or is a sign of progress. */
  #enter(publish: PendingPublish | undefined, response: Response): void {
    const { target } = this.#options;
    const { event, responderId, ras, message } = response;
    const latency = publish?.age ?? 0;
    const verdict = publish?.take(response, latency) ?? "late";
    if (verdict === "progress") {
      return emit(target, "progress", { responderId, event, message });
    }
    if (verdict !== "counted") return this.#stray(response, verdict);
    this.#acks++;
    emit(target, "ack", { responderId, event, message, ras, latency });
  }

  #stray(response: Response, reason: StrayReason): void {
    const { event, responderId, ras, message } = response;
    if (ras === undefined) return;
    this.#strays[reason]++;
    const { logger, target } = this.#options;
    logger.info(
      `Did not count the response of ${responderId} to "${event}": ${reason}`,
    );
    emit(target, "stray", { responderId, event, ras, message, reason });
  }
}

/** Another process than the current one of its id counts only where it has joined later. */
function mayCount(
  { subscriber, current, order }: Owing,
  inc: string | undefined,
): boolean {
  if (current === undefined || current.inc === inc) return true;
  const other = subscriber.incarnation(inc);
  return other !== undefined && other.order > order;
}
