/**
 * One signal that was handed to the transport, until its publish has settled:
 * its ledger, its deadline, and how it ends.
 *
 * Invariant: it settles once. It settles as a success only where the server has
 * confirmed the signal, or an acknowledgement has proven that it arrived.
 *
 * @module
 */
import { after, afterDueTimers, type Timer } from "../../internal/timer.ts";
import type { Ticket } from "../../protocol/extension/extension.ts";
import type { Response } from "../../protocol/response/response.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import type { DeliveryError, Receipt } from "../../transport/transport.ts";
import { AckLedger, type Verdict } from "./ack_ledger.ts";
import { type PublishRequest, timeLeft } from "./publish_request.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";
import type { Owing, RosterSnapshot } from "./roster.ts";

/** Milliseconds after the deadline in which the transport may still say whether it has sent the signal. */
const GRACE = 50;

/**
 * `"sending"`: the transport has not said yet whether the signal was sent;
 * `"waiting"`: responses are waited for; `"overdue"`: the time is up, and only
 * the transport is waited for; `"settled"`: over.
 */
type State = "sending" | "waiting" | "overdue" | "settled";

/** The signal of a publish, as it was handed to the transport. */
export interface SentSignal {
  /** Its number in the exporter's log. */
  readonly number: number;
  /** The first number of the fence that went out before it. */
  readonly from: number;
  readonly payload: string;
  /** Names it in responses; `undefined` where no subscriber names signals. */
  readonly ticket: Ticket | undefined;
}

/** Called when something happens to a {@linkcode PendingPublish}. */
export interface PublishHooks {
  /** No subscriber that names no signals is waited for any more. */
  readonly turnEnded: () => void;
  /** It has settled; its ledger still tells which subscribers were silent. */
  readonly settled: (publish: PendingPublish) => void;
  /** The signal goes out once more, later than what was sent after it. */
  readonly again: (publish: PendingPublish) => void;
  /** The transport did not confirm the signal; called once, before or after it has settled. */
  readonly unconfirmed: (
    publish: PendingPublish,
    outcome: DeliveryError["outcome"] | undefined,
  ) => void;
}

/** Settles when every response is in, or none is waited for any more. */
export class PendingPublish implements Receipt {
  readonly request: PublishRequest;
  readonly signal: SentSignal;
  /** Whether the signal was sent once more, on a subscriber's inbox. */
  wasRedelivered = false;
  readonly #hooks: PublishHooks;
  readonly #ledger: AckLedger;
  readonly #enough: number | undefined;
  readonly #sentAt = performance.now();
  readonly #settled = Promise.withResolvers<PublishResult>();
  #state: State = "sending";
  #receivers: number | undefined;
  /** Why what is missing at the deadline is missing: a link that was down may have lost it. */
  #deadlineReason: "timeout" | "disconnected" = "timeout";
  #deadline: Timer | undefined;
  #idle: Timer | undefined;
  #over: AbortController | undefined;
  /** Processes that are not the current ones of their ids, and have acknowledged this signal. */
  #others: Map<string, string> | undefined;

  constructor(
    request: PublishRequest,
    signal: SentSignal,
    roster: RosterSnapshot,
    hooks: PublishHooks,
  ) {
    this.request = request;
    this.signal = signal;
    this.#hooks = hooks;
    this.#ledger = new AckLedger(roster);
    this.#enough = request.enough(this.#ledger.size);
    // After other timers, because the transport's timeout may be due, too, and tells whether the signal was sent.
    if (request.timeout < Infinity) {
      this.#deadline = afterDueTimers(timeLeft(request), () => this.#expire());
    }
    this.#restartIdle();
    request.signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The outcome; rejects where the signal was never sent, and on abort. */
  get result(): Promise<PublishResult> {
    return this.#settled.promise;
  }

  /** The subscribers that still owe a response. */
  get owed(): string[] {
    return this.#ledger.owed;
  }

  /** Whether a response is still owed by a subscriber that names no signals. */
  get holdsTurn(): boolean {
    return this.#state !== "settled" && this.#ledger.owedWithoutName;
  }

  /** Milliseconds since it was sent. */
  get age(): number {
    return performance.now() - this.#sentAt;
  }

  /** Aborts when it has settled: what was not sent by then, for the first time or again, must not be. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#state === "settled") this.#over.abort();
    return this.#over.signal;
  }

  /** Whether a subscriber still owes a response. */
  owes(responderId: string): boolean {
    return this.#ledger.owes(responderId);
  }

  /** Whether a subscriber has acknowledged. */
  hasAcked(responderId: string): boolean {
    return this.#ledger.hasAcked(responderId);
  }

  /** What was known of a subscriber when the signal was sent. */
  owing(responderId: string): Owing | undefined {
    return this.#ledger.owing(responderId);
  }

  /** The server has the signal. */
  sent(receivers: number): void {
    this.#receivers = receivers;
    this.#arrived();
  }

  /** The signal goes out once more, later than what was sent after it. */
  again(): void {
    this.#hooks.again(this);
  }

  /** The server did not confirm the signal. */
  failed(error: unknown): void {
    const outcome = outcomeOf(error);
    // Acknowledgements prove that it arrived after all; without subscribers, nothing can.
    if (outcome === "unknown" && this.#ledger.size > 0) {
      this.#deadlineReason = "disconnected";
      this.#arrived();
    } else this.fail(error);
    this.#hooks.unconfirmed(this, outcome);
  }

  /** Enters a response that is proven to be for this signal, and came at this age. */
  take(response: Response, age: number): Verdict {
    const verdict = this.#ledger.take(response, age);
    if (verdict === "counted" || verdict === "progress") this.#restartIdle();
    if (verdict === "counted") {
      this.#endTurnIfOver();
      this.#settleIfComplete();
    }
    return verdict;
  }

  /** Notes a response that may be for this signal or for an earlier one. */
  doubt(responderId: string): void {
    this.#ledger.doubt(responderId);
    this.#restartIdle();
  }

  /** Notes that another process than the current one of its id has acknowledged this signal. */
  noteOther(responderId: string, inc: string): void {
    this.#others ??= new Map();
    this.#others.set(responderId, inc);
  }

  /** By responder id, the process that has acknowledged in place of a current one that did not. */
  get standIns(): ReadonlyMap<string, string> {
    const standIns = new Map<string, string>();
    for (const [responderId, inc] of this.#others ?? []) {
      if (!this.#ledger.hasAcked(responderId)) standIns.set(responderId, inc);
    }
    return standIns;
  }

  /** Waits for one subscriber no longer. */
  giveUp(responderId: string, reason: MissingReason): void {
    if (!this.#ledger.giveUp(responderId, reason)) return;
    this.#endTurnIfOver();
    this.#settleIfComplete();
  }

  /** The link went down: responses may be lost with it. */
  disturb(): void {
    this.#deadlineReason = "disconnected";
  }

  /** Ends the wait; what is missing by now is missing for this reason. */
  end(missingReason: MissingReason): void {
    if (this.#state === "settled") return;
    // Without subscribers only the transport can tell whether the signal was sent.
    if (this.#state !== "waiting" && this.#ledger.size === 0) {
      return this.#awaitTransport();
    }
    const enough = this.#enough;
    this.#settle();
    this.#settled.resolve(this.#ledger.close({
      receivers: this.#receivers,
      elapsed: performance.now() - this.request.calledAt,
      missingReason,
      satisfied: enough === undefined
        ? undefined
        : this.#ledger.successes >= enough,
    }));
  }

  /** Ends the wait with an error. */
  fail(error: unknown): void {
    if (this.#state === "settled") return;
    this.#settle();
    this.#settled.reject(error);
  }

  readonly #abort = (): void => this.fail(this.request.signal!.reason);

  #settle(): void {
    this.#state = "settled";
    this.#over?.abort();
    this.#deadline?.cancel();
    this.#idle?.cancel();
    this.request.signal?.removeEventListener("abort", this.#abort);
    this.#hooks.settled(this);
  }

  /** The signal has arrived, or acknowledgements will tell. */
  #arrived(): void {
    const wasOverdue = this.#state === "overdue";
    if (this.#state === "settled") return;
    this.#state = "waiting";
    this.#settleIfComplete();
    if (wasOverdue) this.end(this.#deadlineReason);
  }

  #endTurnIfOver(): void {
    if (!this.#ledger.owedWithoutName) this.#hooks.turnEnded();
  }

  #settleIfComplete(): void {
    if (this.#state !== "waiting") return;
    const { missing, successes, failures } = this.#ledger;
    if (missing === 0) this.end("timeout");
    else if (
      this.#enough !== undefined && successes >= this.#enough ||
      this.request.failFast && failures > 0
    ) this.end("unneeded");
  }

  #expire(): void {
    if (this.#state === "waiting") this.end(this.#deadlineReason);
    else this.#awaitTransport();
  }

  /** Lets the transport say whether it has sent the signal; where it does not, only acknowledgements can tell. */
  #awaitTransport(): void {
    if (this.#state !== "sending") return;
    this.#state = "overdue";
    this.#deadline?.cancel();
    this.#deadline = after(GRACE, () => {
      if (this.#ledger.size > 0) {
        this.#state = "waiting";
        this.end(this.#deadlineReason);
      } else this.fail(unconfirmedError());
    });
  }

  #restartIdle(): void {
    const { idleTimeout } = this.request;
    if (idleTimeout === Infinity || this.#state === "settled") return;
    this.#idle?.cancel();
    this.#idle = after(idleTimeout, () => this.#expire());
  }
}

/** The error where the transport said nothing, and no acknowledgement can prove that the signal arrived. */
function unconfirmedError(): Error {
  const error = new Error(
    "Cannot tell whether the signal was sent as the transport did not confirm it in time",
  );
  return Object.assign(error, { outcome: "unknown" as const });
}
