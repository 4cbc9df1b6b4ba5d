/**
 * Who owes an answer to one publish, and who has given it. Pure.
 *
 * @module
 */
import type { Response } from "../../protocol/response/response.ts";
import { ResultCode } from "../../protocol/result.ts";
import type { Ack, MissingReason, PublishResult } from "./publish_result.ts";

/**
 * What a response was to a ledger: an answer that was owed; a sign of life
 * without an answer; the same answer again; another answer than before; an
 * answer that nobody owed; an answer to an earlier signal; one after the end.
 */
export type Verdict =
  | "counted"
  | "progress"
  | "duplicate"
  | "conflict"
  | "unknown"
  | "stale"
  | "late";

/** What tells the answers to this publish from answers to others. */
export interface Claims {
  /** The ticket of this publish's signal. */
  ticket?: string | undefined;
  /** Who names the ticket in every answer. */
  correlating?: ReadonlySet<string>;
  /** Who may answer earlier publishes of the event first, and how many. */
  debts?: ReadonlyMap<string, number> | undefined;
}

/** How a publish ended, beside its answers. */
export interface Outcome {
  /** What the server counted, if it told. */
  receivers: number | undefined;
  /** Milliseconds since the publish. */
  elapsed: number;
  /** Why the answers that did not come did not come. */
  missingReason: MissingReason;
  /** Whether there are as many successes as were asked for, whatever the others did; nothing where all were. */
  satisfied?: boolean | undefined;
}

// What most publishes have none of need not be made anew for each.
const NO_DEBTS: Map<string, number> = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();
const NOBODY: ReadonlyMap<string, never> = new Map<string, never>();

/** The account of one publish. */
export class AckLedger {
  readonly #subscribers: ReadonlySet<string>;
  readonly #acks = new Map<string, Ack>();
  #messages: Map<string, string> | undefined;
  /** Who is not waited for any more, and why. */
  #gone: Map<string, MissingReason> | undefined;
  readonly #ticket: string | undefined;
  readonly #correlating: ReadonlySet<string>;
  readonly #debts: Map<string, number>;
  #failures = 0;
  #closed = false;

  /**
   * @param subscribers Who owes an answer; a set that never changes.
   * @param claims What tells their answers from earlier ones.
   */
  constructor(subscribers: ReadonlySet<string>, claims: Claims = {}) {
    this.#subscribers = subscribers;
    this.#ticket = claims.ticket;
    this.#correlating = claims.correlating ?? NO_NAMES;
    this.#debts = claims.debts?.size ? new Map(claims.debts) : NO_DEBTS;
  }

  /** Who still owes an answer. */
  get owed(): string[] {
    return [...this.#subscribers].filter((id) => this.owes(id));
  }

  /** How many answers are still owed. */
  get missing(): number {
    return this.#subscribers.size - this.#acks.size - (this.#gone?.size ?? 0);
  }

  /** How many answered with success. */
  get successes(): number {
    return this.#acks.size - this.#failures;
  }

  /** How many answered with anything else. */
  get failures(): number {
    return this.#failures;
  }

  // Told by what came, not kept: a set that is emptied is made anew by and by.
  /** Whether somebody still owes an answer. */
  owes(responderId: string): boolean {
    return this.#subscribers.has(responderId) &&
      !this.#acks.has(responderId) && !this.#gone?.has(responderId);
  }

  /**
   * Enters a response.
   *
   * @param response The response; its publisher and event have been checked.
   * @param latency Milliseconds since the publish.
   */
  take(response: Response, latency: number): Verdict {
    const { responderId, ras, message, extension } = response;
    if (
      this.#correlating.has(responderId) && extension?.id !== this.#ticket
    ) return "stale";
    if (ras === undefined) return "progress";
    const debt = this.#debts.get(responderId) ?? 0;
    if (debt > 0) {
      this.#debts.set(responderId, debt - 1);
      return "stale";
    }
    if (this.#closed) return "late";
    // As in the reference, a message counts whoever sends it.
    if (message !== undefined && !this.#messages?.has(responderId)) {
      this.#messages ??= new Map();
      this.#messages.set(responderId, message);
    }
    if (this.owes(responderId)) {
      if (ras !== 1) this.#failures++;
      this.#acks.set(
        responderId,
        message === undefined ? { ras, latency } : { ras, message, latency },
      );
      return "counted";
    }
    const ack = this.#acks.get(responderId);
    if (ack === undefined) return "unknown";
    if (Object.is(ack.ras, ras)) return "duplicate";
    this.#acks.set(responderId, { ...ack, conflictingRas: ras });
    return "conflict";
  }

  /** Waits for one subscriber no longer; `false` where it owed nothing. */
  giveUp(responderId: string, reason: MissingReason): boolean {
    if (!this.owes(responderId)) return false;
    this.#miss(responderId, reason);
    return true;
  }

  /** Closes the account. */
  close(
    { receivers, elapsed, missingReason, satisfied }: Outcome,
  ): PublishResult {
    this.#closed = true;
    for (const id of this.missing > 0 ? this.owed : []) {
      const uncertain = missingReason === "timeout" && this.#debts.has(id);
      this.#miss(id, uncertain ? "uncertain" : missingReason);
    }
    const missing = this.#gone ?? NOBODY;
    const code = satisfied ? ResultCode.AllSubsSuccess : missing.size > 0 &&
        [...missing.values()].some((why) => why !== "unneeded")
      ? ResultCode.MissingResponse
      : this.#failures > 0
      ? ResultCode.SubFailed
      // There never were as many subscribers as had to succeed.
      : satisfied === false
      ? ResultCode.MissingResponse
      : ResultCode.AllSubsSuccess;
    return {
      code,
      ok: code === ResultCode.AllSubsSuccess,
      acks: this.#acks,
      missing,
      messages: this.#messages === undefined
        ? {}
        : Object.fromEntries(this.#messages),
      receivers,
      elapsed,
    };
  }

  #miss(responderId: string, reason: MissingReason): void {
    this.#gone ??= new Map();
    this.#gone.set(responderId, reason);
  }
}
