/**
 * One publish that is under way: its ledger, its deadline, and how it ends.
 *
 * @module
 */
import { after, afterOthers, type Timer } from "../../internal/timer.ts";
import type { Response } from "../../protocol/response/response.ts";
import { outcomeOf } from "../../transport/outcome.ts";
import type { Receipt } from "../../transport/transport.ts";
import { AckLedger, type Claims, type Verdict } from "./ack_ledger.ts";
import { afterGrace, Ending, unconfirmedError } from "./grace.ts";
import type { MissingReason, PublishResult } from "./publish_result.ts";

/** What bounds a {@linkcode PendingPublish}. */
export interface Wait {
  /** Milliseconds until what is missing is missing. */
  timeout: number;
  /** Gives up. */
  signal?: AbortSignal | undefined;
}

/** When a publish is over before every answer is in. */
export interface Terms {
  /** How many successes of so many subscribers are enough; all owed answers where it says nothing. */
  enough?(subscribers: number): number | undefined;
  /** Ends at the first failure. */
  failFast?: boolean | undefined;
  /** Milliseconds without a sign of life after which it ends. */
  idleTimeout?: number | undefined;
}

/** Settles when every answer is in, or none is waited for any more. */
export class PendingPublish extends Ending implements Receipt {
  readonly #ledger: AckLedger;
  readonly #since = performance.now();
  readonly #settled = Promise.withResolvers<PublishResult>();
  /** Whether the server has confirmed the message, or never will. */
  #sent = false;
  #receivers: number | undefined;
  /** Whether answers may have been lost with the link. */
  #disturbed = false;
  /** Whether its time is up, and only the transport may still speak. */
  #isOverdue = false;
  /** Whether there is anybody whose answer would prove that the message arrived. */
  readonly #provable: boolean;
  #timer: Timer | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #abort: (() => void) | undefined;
  readonly #terms: Terms;
  readonly #enough: number | undefined;
  #idle: Timer | undefined;

  /** @param subscribers Who owes an answer; a set that never changes. */
  constructor(
    subscribers: ReadonlySet<string>,
    { timeout, signal }: Wait,
    claims: Claims = {},
    terms: Terms = {},
  ) {
    super();
    this.#ledger = new AckLedger(subscribers, claims);
    this.#terms = terms;
    this.#enough = terms.enough?.(subscribers.size);
    this.#provable = this.#ledger.missing > 0;
    // The transport's time may be up as well, and it knows whether it has sent.
    if (timeout < Infinity) {
      this.#timer = afterOthers(timeout, () => this.#expire());
    }
    this.#restartIdle();
    if (signal === undefined) return;
    this.#signal = signal;
    this.#abort = () => this.fail(signal.reason);
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Who still owes an answer. */
  get owed(): string[] {
    return this.#ledger.owed;
  }

  /** How many answers are still owed. */
  get missing(): number {
    return this.#ledger.missing;
  }

  /** Whether somebody still owes an answer. */
  owes(responderId: string): boolean {
    return this.#ledger.owes(responderId);
  }

  /** The outcome; rejects where the message was never sent, and on abort. */
  get result(): Promise<PublishResult> {
    return this.#settled.promise;
  }

  /** The server has the message. */
  sent(receivers: number): void {
    this.#receivers = receivers;
    this.#arrived();
  }

  /** The server did not confirm the message. */
  failed(error: unknown): void {
    const outcome = outcomeOf(error);
    // Answers prove that it arrived after all; with nobody to answer, nothing can.
    if (outcome === "unknown" && this.#provable) {
      this.#disturbed = true;
      return this.#arrived();
    }
    this.fail(error);
    if (outcome === "not-sent") this.unsent();
  }

  /** Milliseconds since it began. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Enters a response that came at this age. */
  take(response: Response, age: number): Verdict {
    const verdict = this.#ledger.take(response, age);
    if (verdict === "counted" || verdict === "progress") this.#restartIdle();
    if (verdict === "counted") this.#settleIfComplete();
    return verdict;
  }

  /** Waits for one subscriber no longer. */
  giveUp(responderId: string, reason: MissingReason): void {
    if (this.#ledger.giveUp(responderId, reason)) this.#settleIfComplete();
  }

  /** The link went down: answers may be lost with it. */
  disturb(): void {
    this.#disturbed = true;
  }

  /** Ends the wait; what is missing by now is missing for this reason. */
  end(missingReason: MissingReason): void {
    if (this.isOver) return;
    if (!this.#sent && !this.#provable) return this.#awaitTransport();
    this.#release();
    this.left();
    this.#settled.resolve(this.#ledger.close({
      receivers: this.#receivers,
      elapsed: this.age,
      missingReason,
      satisfied: this.#satisfied,
    }));
  }

  /** Ends the wait with an error. */
  fail(error: unknown): void {
    if (this.isOver) return;
    this.#release();
    this.left();
    this.#settled.reject(error);
  }

  /** Is called when it ends, before anybody who waits is told. */
  protected left(): void {}

  /** Is called when it has ended, at once or later, where the message turns out never to have been sent. */
  protected unsent(): void {}

  #release(): void {
    this.conclude();
    this.#timer?.cancel();
    this.#idle?.cancel();
    if (this.#abort !== undefined) {
      this.#signal!.removeEventListener("abort", this.#abort);
    }
  }

  /** The message has arrived, or answers will tell. */
  #arrived(): void {
    this.#sent = true;
    this.#settleIfComplete();
    if (this.#isOverdue) this.end(this.#missingReason);
  }

  /** Lets the transport say whether it has sent; where it does not, only answers can tell. */
  #awaitTransport(): void {
    if (this.#isOverdue) return;
    this.#isOverdue = true;
    this.#timer?.cancel();
    this.#timer = afterGrace(() => {
      if (this.#provable) this.end(this.#missingReason);
      else this.fail(unconfirmedError());
    });
  }

  #settleIfComplete(): void {
    if (!this.#sent) return;
    if (this.#ledger.missing === 0) this.end("timeout");
    else if (this.#satisfied || (this.#terms.failFast && this.#failed)) {
      this.end("unneeded");
    }
  }

  /** Whether enough have succeeded; nothing where all have to. */
  get #satisfied(): boolean | undefined {
    const enough = this.#enough;
    return enough === undefined ? undefined : this.#ledger.successes >= enough;
  }

  get #failed(): boolean {
    return this.#ledger.failures > 0;
  }

  /** Why what is missing at the deadline is missing. */
  get #missingReason(): MissingReason {
    return this.#disturbed ? "disconnected" : "timeout";
  }

  #expire(): void {
    if (this.#sent) this.end(this.#missingReason);
    else this.#awaitTransport();
  }

  #restartIdle(): void {
    const { idleTimeout } = this.#terms;
    if (idleTimeout === undefined || idleTimeout === Infinity) return;
    if (this.isOver) return;
    this.#idle?.cancel();
    this.#idle = after(idleTimeout, () => this.#expire());
  }
}
