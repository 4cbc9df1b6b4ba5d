/**
 * The account of one publish: which subscribers owe a response, and which have
 * given it. Pure.
 *
 * @module
 */
import type { Response } from "../../protocol/response/response.ts";
import { ResultCode } from "../../protocol/result.ts";
import type { StrayReason } from "../events.ts";
import {
  type Ack,
  type MissingReason,
  PublishResult,
} from "./publish_result.ts";
import type { Owing, RosterSnapshot } from "./roster.ts";

/**
 * What a response was to a ledger: an acknowledgement that was owed; a sign of
 * progress; the same acknowledgement again; one that contradicts the first; one
 * that was not owed; one that is not proven to be for this signal; one after the
 * end.
 */
export type Verdict = "counted" | "progress" | StrayReason;

/** How a publish ended, beside its acknowledgements. */
export interface LedgerEnd {
  /** How many receivers the server counted; `undefined` if that is not known. */
  receivers: number | undefined;
  /** Milliseconds since the call. */
  elapsed: number;
  /** Why responses are missing. */
  missingReason: MissingReason;
  /** Whether as many successes came as were asked for; `undefined` where all were asked for. */
  satisfied?: boolean | undefined;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** The account of one publish. */
export class AckLedger {
  readonly #owing: ReadonlyMap<string, Owing>;
  readonly #acks = new Map<string, Ack>();
  #messages: Map<string, string> | undefined;
  /** The subscribers that are not waited for any more, and why. */
  #gone: Map<string, MissingReason> | undefined;
  /** The subscribers that sent a response which may be for an earlier signal. */
  #doubted: Set<string> | undefined;
  #failures = 0;
  #closed = false;
  /** How many subscribers that name no signals owe a response. */
  #unnamed: number;

  /** @param roster The subscribers that owe a response. */
  constructor({ owing, unnamed }: RosterSnapshot) {
    this.#owing = owing;
    this.#unnamed = unnamed;
  }

  /** How many subscribers are on the account. */
  get size(): number {
    return this.#owing.size;
  }

  /** The subscribers that still owe a response. */
  get owed(): string[] {
    return [...this.#owing.keys()].filter((id) => this.owes(id));
  }

  /** How many responses are still owed. */
  get missing(): number {
    return this.#owing.size - this.#acks.size - (this.#gone?.size ?? 0);
  }

  /** Whether a response is still owed by a subscriber that names no signals. */
  get owedWithoutName(): boolean {
    return this.#unnamed > 0;
  }

  /** How many subscribers acknowledged with success. */
  get successes(): number {
    return this.#acks.size - this.#failures;
  }

  /** How many subscribers acknowledged with anything else. */
  get failures(): number {
    return this.#failures;
  }

  /** What was known of a subscriber when the signal was sent. */
  owing(responderId: string): Owing | undefined {
    return this.#owing.get(responderId);
  }

  /** Whether a subscriber still owes a response. */
  owes(responderId: string): boolean {
    return this.#owing.has(responderId) && !this.#acks.has(responderId) &&
      !this.#gone?.has(responderId);
  }

  /** Whether a subscriber has acknowledged. */
  hasAcked(responderId: string): boolean {
    return this.#acks.has(responderId);
  }

  /**
   * Enters a response that is proven to be for this signal.
   *
   * @param latency Milliseconds since the signal was sent.
   */
  take(response: Response, latency: number): Verdict {
    const { responderId, ras, message } = response;
    if (ras === undefined) return "progress";
    if (this.#closed) return "late";
    // As in the reference, a message counts whichever responder sends it.
    if (message !== undefined && !this.#messages?.has(responderId)) {
      this.#messages ??= new Map();
      this.#messages.set(responderId, message);
    }
    if (this.owes(responderId)) {
      if (ras !== 1) this.#failures++;
      const { name } = this.#owing.get(responderId)!.subscriber;
      this.#acks.set(
        responderId,
        message === undefined
          ? { name, ras, latency }
          : { name, ras, message, latency },
      );
      this.#settled(responderId);
      return "counted";
    }
    const ack = this.#acks.get(responderId);
    if (ack === undefined) return "unknown";
    if (Object.is(ack.ras, ras)) return "duplicate";
    this.#acks.set(responderId, { ...ack, conflictingRas: ras });
    return "conflict";
  }

  /** Notes that a response came which may be for this signal or for an earlier one. */
  doubt(responderId: string): void {
    this.#doubted ??= new Set();
    this.#doubted.add(responderId);
  }

  /** Waits for one subscriber no longer; `false` where it owed nothing. */
  giveUp(responderId: string, reason: MissingReason): boolean {
    if (!this.owes(responderId)) return false;
    this.#miss(responderId, reason);
    return true;
  }

  /** Closes the account. */
  close(
    { receivers, elapsed, missingReason, satisfied }: LedgerEnd,
  ): PublishResult {
    this.#closed = true;
    for (const id of this.missing > 0 ? this.owed : []) {
      const uncertain = this.#doubted?.has(id) &&
        (missingReason === "timeout" || missingReason === "disconnected");
      this.#miss(id, uncertain ? "uncertain" : missingReason);
    }
    const code = this.#code(satisfied);
    const waited = this.#owing.size > 0;
    return new PublishResult({
      code,
      ok: waited && code === ResultCode.AllSubsSuccess,
      waited,
      acks: this.#acks,
      missing: this.#gone ?? NONE,
      messages: this.#messages === undefined
        ? {}
        : Object.fromEntries(this.#messages),
      receivers,
      elapsed,
    });
  }

  #code(satisfied: boolean | undefined): ResultCode {
    if (satisfied) return ResultCode.AllSubsSuccess;
    for (const why of this.#gone?.values() ?? []) {
      if (why !== "unneeded") return ResultCode.MissingResponse;
    }
    if (this.#failures > 0) return ResultCode.SubFailed;
    // Fewer subscribers than had to succeed were there from the start.
    return satisfied === false
      ? ResultCode.MissingResponse
      : ResultCode.AllSubsSuccess;
  }

  #miss(responderId: string, reason: MissingReason): void {
    this.#gone ??= new Map();
    this.#gone.set(responderId, reason);
    this.#settled(responderId);
  }

  #settled(responderId: string): void {
    if (this.#unnamed === 0) return;
    if (!this.#owing.get(responderId)!.namesSignals) this.#unnamed--;
  }
}
