/**
 * The publishes of one exporter that are under way: whose turn it is, which of
 * them an answer is for, and what becomes of answers that are for none.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { Turns } from "../internal/turns.ts";
import { emit } from "../internal/typed_event_target.ts";
import type { Ticket } from "../protocol/extension.ts";
import type { Response } from "../protocol/response.ts";
import type { DeliveryError } from "../transport/transport.ts";
import type { Verdict } from "./ack_ledger.ts";
import type { Correlation } from "./correlation.ts";
import type { StrayReason } from "./events.ts";
import { PendingPublish, type Terms, type Wait } from "./pending_publish.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";
import type { Send } from "./sends.ts";

/** A signal that is to be published. */
export interface Outgoing {
  /** The event that answers will name. */
  readonly event: string;
  /** What bounds the wait; it begins with the signal's turn. */
  readonly wait: Wait;
  /** Says, when the turn has come, who owes an answer and when that is enough. */
  begin(): { subscribers: ReadonlySet<string>; terms?: Terms };
  /** Waits until earlier answers can't be taken for answers to this one; nothing where they can't. */
  clear?(): Promise<void> | undefined;
  /** Writes the signal. */
  encode(ticket: Ticket | undefined): string;
  /** Sends it within what is left of the wait. */
  readonly send: Send;
}

/** A signal that somebody has not answered yet. */
export interface Unanswered {
  readonly payload: string;
  readonly pending: PendingPublish;
  /** Whether it carries a ticket, by which who has seen it knows it again. */
  readonly ticketed: boolean;
}

const NO_TURN = (): void => {};

/** Runs publishes and hands answers to them. */
export class Publishes {
  readonly #target: EventTarget;
  readonly #logger: Logger;
  readonly #correlation: Correlation;
  readonly #turns = new Turns();
  /** An array, as a set that is emptied again and again is made anew each time. */
  readonly #underWay: Unanswered[] = [];
  /** Those of each event that was published, for answers without a ticket. */
  readonly #byEvent = new Map<string, PendingPublish[]>();
  readonly #byTicket = new Map<string, PendingPublish>();
  #isDown = false;
  #answers = 0;
  readonly #strays = {
    duplicate: 0,
    conflict: 0,
    unknown: 0,
    late: 0,
    stale: 0,
  };

  /** @param target Dispatches `ack`, `progress` and `stray`. */
  constructor(target: EventTarget, logger: Logger, correlation: Correlation) {
    this.#target = target;
    this.#logger = logger;
    this.#correlation = correlation;
  }

  /** How many answers were not counted so far, by reason. */
  get strays(): Readonly<Record<StrayReason, number>> {
    return { ...this.#strays };
  }

  /** How many answers were counted so far. */
  get answers(): number {
    return this.#answers;
  }

  /** What has not been answered by everybody. */
  get unanswered(): Iterable<Unanswered> {
    return this.#underWay;
  }

  /** Sends when it is the event's turn, and waits for the answers. */
  async exchange(outgoing: Outgoing): Promise<PublishResult> {
    const { event, encode, send } = outgoing;
    // Publishes whose answers can all be told apart need no turns.
    const turn = this.#correlation.complete
      ? NO_TURN
      : this.#turns.take(event, outgoing.wait.signal);
    // Awaited only where others are before: what is called next must not overtake.
    const endTurn = turn instanceof Promise ? await turn : turn;
    let ticket: Ticket | undefined;
    let pending: PendingPublish | undefined;
    let entry: Unanswered | undefined;
    let unsent = false;
    try {
      const clearing = outgoing.clear?.();
      const wait = clearing === undefined
        ? outgoing.wait
        : await afterwards(outgoing.wait, clearing);
      // Who owes an answer is noted before anything is sent: an answer can be quicker than the send.
      const { subscribers, terms } = outgoing.begin();
      ticket = this.#correlation.ticket();
      const claims = this.#correlation.claims(event, ticket);
      const begun = pending = new PendingPublish(
        subscribers,
        wait,
        claims,
        terms,
      );
      if (ticket !== undefined) this.#byTicket.set(ticket.id, begun);
      this.#enter(event, begun);
      const payload = encode(ticket);
      entry = { payload, pending: begun, ticketed: ticket !== undefined };
      this.#underWay.push(entry);
      if (this.#isDown) begun.disturb();
      send(payload, wait).then(
        (receivers) => begun.sent(receivers),
        (error: DeliveryError) => begun.unconfirmed(error),
      );
      return await begun.result;
    } catch (error) {
      unsent = (error as DeliveryError).outcome === "not-sent";
      throw error;
    } finally {
      if (entry !== undefined) remove(this.#underWay, entry);
      if (pending !== undefined) {
        if (!unsent) this.#correlation.missed(event, pending.owed);
        remove(this.#byEvent.get(event)!, pending);
      }
      if (ticket !== undefined) {
        if (unsent) this.#correlation.withdraw(ticket);
        this.#byTicket.delete(ticket.id);
      }
      endTurn();
    }
  }

  /** Enters an answer. */
  take(response: Response): void {
    const { event, responderId, ras, message, extension } = response;
    const pending = extension?.id === undefined
      ? this.#owedBy(responderId, event)
      : this.#byTicket.get(extension.id);
    const age = pending?.age ?? 0;
    const verdict = pending?.take(response, age) ??
      (extension?.id === undefined ? "late" : "stale");
    if (verdict === "progress") {
      return emit(this.#target, "progress", { responderId, event, message });
    }
    if (ras === undefined) return;
    if (verdict === "counted") {
      this.#answers++;
      const detail = { responderId, event, message, ras, latency: age };
      return emit(this.#target, "ack", detail);
    }
    this.#stray(response, verdict);
  }

  /** Waits for one subscriber no longer. */
  giveUp(responderId: string, reason: MissingReason): void {
    for (const { pending } of this.#underWay) {
      pending.giveUp(responderId, reason);
    }
  }

  /** The link went down: answers are lost until it is back. */
  down(): void {
    this.#isDown = true;
    for (const { pending } of this.#underWay) pending.disturb();
  }

  /** The link is back. */
  up(): void {
    this.#isDown = false;
  }

  /** Ends every wait. */
  end(reason: MissingReason): void {
    for (const { pending } of this.#underWay) pending.end(reason);
  }

  #enter(event: string, pending: PendingPublish): void {
    const running = this.#byEvent.get(event);
    if (running === undefined) this.#byEvent.set(event, [pending]);
    else running.push(pending);
  }

  /** The publish that an answer without a ticket is for: the first one that the responder owes an answer, or else the first. */
  #owedBy(responderId: string, event: string): PendingPublish | undefined {
    const running = this.#byEvent.get(event);
    if (running === undefined) return undefined;
    for (const pending of running) {
      if (pending.owed.has(responderId)) return pending;
    }
    return running[0];
  }

  #stray(
    response: Response,
    reason: Exclude<Verdict, "counted" | "progress">,
  ): void {
    const { event, responderId, ras = NaN, message } = response;
    if (reason === "late" || reason === "stale") {
      this.#correlation.paid(response);
    }
    this.#strays[reason]++;
    this.#logger.info(
      `Did not count the answer of ${responderId} to "${event}": ${reason}`,
    );
    emit(this.#target, "stray", { responderId, event, ras, message, reason });
  }
}

function remove<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

/** What is left of a wait when something else is over. */
async function afterwards(
  wait: Wait,
  before: Promise<void>,
): Promise<Wait> {
  const since = performance.now();
  await before;
  const timeout = Math.max(0, wait.timeout - (performance.now() - since));
  return { ...wait, timeout };
}
