/**
 * The publishes of one exporter that are under way: whose turn it is, which of
 * them an answer is for, and what becomes of answers that are for none.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { every, type Timer } from "../internal/timer.ts";
import { Turns } from "../internal/turns.ts";
import { emit } from "../internal/typed_event_target.ts";
import type { Response } from "../protocol/response.ts";
import type { DeliveryError } from "../transport/transport.ts";
import type { StrayReason } from "./events.ts";
import { PendingPublish, type Wait } from "./pending_publish.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";

const PATROL_INTERVAL = 1_000;

/** Sends the message; resolves with what the server counted. */
export type Send = () => Promise<number>;

/** Runs publishes and hands answers to them. */
export class Publishes {
  readonly #target: EventTarget;
  readonly #logger: Logger;
  readonly #turns = new Turns();
  readonly #underWay = new Set<PendingPublish>();
  /** The one publish of each event that answers count for. */
  readonly #waiting = new Map<string, PendingPublish>();
  readonly #strays = { duplicate: 0, conflict: 0, unknown: 0, late: 0 };
  #isDown = false;

  /** Looks after the transport while somebody waits. */
  readonly #verify: () => Promise<boolean>;
  #patrol: Timer | undefined;

  /**
   * @param target Dispatches `ack` and `stray`.
   * @param verify Says whether what was published can still be answered.
   */
  constructor(
    target: EventTarget,
    logger: Logger,
    verify: () => Promise<boolean>,
  ) {
    this.#target = target;
    this.#logger = logger;
    this.#verify = verify;
  }

  /** How many answers were not counted so far, by reason. */
  get strays(): Readonly<Record<StrayReason, number>> {
    return { ...this.#strays };
  }

  /** Sends without anybody owing an answer. */
  send(wait: Wait, send: Send): Promise<PublishResult> {
    return this.#run(new PendingPublish([], wait), send);
  }

  /**
   * Sends when it is the event's turn, and waits for the answers.
   *
   * @param event The event that the answers name.
   * @param subscribers Says, when the turn has come, who owes an answer.
   * @param wait What bounds the wait; it begins with the turn.
   * @param send Sends the signal.
   */
  async exchange(
    event: string,
    subscribers: () => Iterable<string>,
    wait: Wait,
    send: Send,
  ): Promise<PublishResult> {
    const turn = this.#turns.take(event, wait.signal);
    // Awaited only where others are before: what is called next must not overtake.
    const endTurn = turn instanceof Promise ? await turn : turn;
    try {
      // Who owes an answer is noted before anything is sent: an answer can be quicker than the send.
      const pending = new PendingPublish(subscribers(), wait);
      this.#waiting.set(event, pending);
      this.#patrol ??= every(PATROL_INTERVAL, () => this.#lookAfter());
      return await this.#run(pending, send);
    } finally {
      this.#waiting.delete(event);
      if (this.#waiting.size === 0) this.#endPatrol();
      endTurn();
    }
  }

  /** Enters an answer. */
  take(response: Response): void {
    const { event, responderId, ras, message } = response;
    const pending = this.#waiting.get(event);
    const latency = pending?.age ?? 0;
    const verdict = pending?.take(response, latency) ?? "late";
    if (verdict === "progress" || ras === undefined) return;
    const answer = { responderId, event, ras, message };
    if (verdict === "counted") {
      return emit(this.#target, "ack", { ...answer, latency });
    }
    this.#strays[verdict]++;
    this.#logger.info(
      `Did not count the answer of ${responderId} to "${event}": ${verdict}`,
    );
    emit(this.#target, "stray", { ...answer, reason: verdict });
  }

  /** The link went down: answers are lost until it is back. */
  down(): void {
    this.#isDown = true;
    for (const pending of this.#underWay) pending.disturb();
  }

  /** The link is back. */
  up(): void {
    this.#isDown = false;
  }

  /** Ends every wait. */
  end(reason: MissingReason): void {
    for (const pending of this.#underWay) pending.end(reason);
  }

  /** Nobody waits for answers that can't come any more. */
  async #lookAfter(): Promise<void> {
    if (!await this.#verify()) this.end("disconnected");
  }

  #endPatrol(): void {
    this.#patrol?.cancel();
    this.#patrol = undefined;
  }

  async #run(pending: PendingPublish, send: Send): Promise<PublishResult> {
    this.#underWay.add(pending);
    if (this.#isDown) pending.disturb();
    send().then(
      (receivers) => pending.sent(receivers),
      (error: DeliveryError) => pending.unconfirmed(error),
    );
    try {
      return await pending.result;
    } finally {
      this.#underWay.delete(pending);
    }
  }
}
