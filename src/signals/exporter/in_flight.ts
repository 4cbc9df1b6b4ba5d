/**
 * The publishes of one exporter that are under way: whose turn it is, which of
 * them an answer is for, and what becomes of answers that are for none.
 *
 * @module
 */
import type { Logger } from "../../internal/logger.ts";
import { type EndTurn, Turns } from "../../internal/turns.ts";
import { emit } from "../../internal/typed_event_target.ts";
import type { Response } from "../../protocol/response/response.ts";
import type { Verdict } from "./ack_ledger.ts";
import type { Correlation } from "./correlation.ts";
import type { StrayReason } from "../events.ts";
import type { PendingPublish, Wait } from "./pending_publish.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";
import { type Keeper, type Outgoing, Unanswered } from "./unanswered.ts";

/** Looks after those whose answers are waited for. */
export interface Attendant {
  /** Somebody waits; may be said again. */
  begin(): void;
  /** Nobody waits any more. */
  end(): void;
}

/** Runs publishes and hands answers to them. */
export class Publishes implements Keeper {
  /** Begins when something is under way, and ends when nothing is, nor in line for its turn. */
  attendant: Attendant | undefined;
  readonly #target: EventTarget;
  readonly #logger: Logger;
  readonly #correlation: Correlation;
  readonly #turns = new Turns();
  /** An array, as a set that is emptied again and again is made anew each time. */
  readonly #underWay: Unanswered[] = [];
  /** Those of each event that was published, for answers without a ticket. */
  readonly #byEvent = new Map<string, PendingPublish[]>();
  /** The newest, and by its ticket each that began before it: where one follows the other, a map would be filled and emptied. */
  #newest: Unanswered | undefined;
  readonly #byTicket = new Map<string, PendingPublish>();
  /** How many have a turn, or wait for theirs. */
  #inLine = 0;
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

  /** What has not been answered by everybody, as it is now: any of it may leave at any time. */
  get unanswered(): Unanswered[] {
    return [...this.#underWay];
  }

  /** Sends when it is the event's turn, and waits for the answers. */
  exchange(outgoing: Outgoing): Promise<PublishResult> {
    // Publishes whose answers can all be told apart need no turns.
    if (!this.#correlation.complete) return this.#inTurn(outgoing);
    try {
      return this.#run(outgoing, outgoing.wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #inTurn(outgoing: Outgoing): Promise<PublishResult> {
    const { event, wait } = outgoing;
    // From one turn to the next, those who are silent are not asked anew.
    this.#inLine++;
    let endTurn: EndTurn | undefined;
    try {
      const turn = this.#turns.take(event, wait.signal);
      // Awaited only where others are before: what is called next must not overtake.
      endTurn = turn instanceof Promise ? await turn : turn;
      const clearing = outgoing.clear?.();
      const left = clearing === undefined
        ? wait
        : await afterwards(wait, clearing);
      return await this.#run(outgoing, left);
    } finally {
      this.#inLine--;
      if (!this.#isBusy) this.attendant?.end();
      endTurn?.();
    }
  }

  /** Whether anything is under way, or in line for its turn. */
  get #isBusy(): boolean {
    return this.#underWay.length + this.#inLine > 0;
  }

  /**
   * Sends, and waits for the answers. No async function, whose frame would cost
   * more than what it does: from the entry on, nothing may throw past the exit.
   */
  #run(outgoing: Outgoing, wait: Wait): Promise<PublishResult> {
    const { event } = outgoing;
    wait.signal?.throwIfAborted();
    const subscribers = outgoing.begin();
    const ticket = this.#correlation.ticket();
    const claims = this.#correlation.claims(event, ticket);
    const payload = outgoing.encode(ticket);
    // Who owes an answer is noted before anything is sent: an answer can be quicker than the send.
    const publish = new Unanswered(
      outgoing,
      payload,
      ticket,
      subscribers,
      wait,
      claims,
      this,
    );
    this.#enter(publish);
    outgoing.send(payload, wait, publish);
    if (this.#isBusy) this.attendant?.begin();
    return publish.result;
  }

  /** Enters an answer. */
  take(response: Response): void {
    const { event, responderId, ras, message, extension } = response;
    const pending = extension?.id === undefined
      ? this.#owedBy(responderId, event)
      : this.#claimedBy(extension.id);
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
    for (const publish of this.unanswered) {
      publish.giveUp(responderId, reason);
    }
  }

  /** The link went down: answers are lost until it is back. */
  down(): void {
    this.#isDown = true;
    for (const publish of this.#underWay) publish.disturb();
  }

  /** The link is back. */
  up(): void {
    this.#isDown = false;
  }

  /** Ends every wait. */
  end(reason: MissingReason): void {
    for (const publish of this.unanswered) publish.end(reason);
  }

  #enter(publish: Unanswered): void {
    const before = this.#newest;
    if (before?.ticket !== undefined) {
      this.#byTicket.set(before.ticket.id, before);
    }
    this.#newest = publish;
    const running = this.#byEvent.get(publish.event);
    if (running === undefined) this.#byEvent.set(publish.event, [publish]);
    else running.push(publish);
    this.#underWay.push(publish);
    if (this.#isDown) publish.disturb();
  }

  leave(publish: Unanswered, missing: readonly string[]): void {
    const { event, ticket } = publish;
    remove(this.#underWay, publish);
    remove(this.#byEvent.get(event)!, publish);
    this.#correlation.missed(event, missing);
    if (this.#newest === publish) this.#newest = undefined;
    else if (ticket !== undefined) this.#byTicket.delete(ticket.id);
    if (!this.#isBusy) this.attendant?.end();
  }

  unsent(publish: Unanswered, missing: readonly string[]): void {
    const { event, ticket } = publish;
    this.#correlation.forgive(event, missing);
    if (ticket !== undefined) this.#correlation.withdraw(ticket);
  }

  /** The publish that an answer with this ticket is for. */
  #claimedBy(id: string): PendingPublish | undefined {
    return this.#newest?.ticket?.id === id
      ? this.#newest
      : this.#byTicket.get(id);
  }

  /** The publish that an answer without a ticket is for: the first one that the responder owes an answer, or else the first. */
  #owedBy(responderId: string, event: string): PendingPublish | undefined {
    const running = this.#byEvent.get(event);
    if (running === undefined) return undefined;
    for (const pending of running) {
      if (pending.owes(responderId)) return pending;
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
  if (items.at(-1) === item) items.pop();
  else items.splice(items.indexOf(item), 1);
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
