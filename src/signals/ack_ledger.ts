/**
 * Who owes an answer to one publish, and who has given it. Pure.
 *
 * @module
 */
import type { Response } from "../protocol/response.ts";
import { ResultCode } from "../protocol/result.ts";
import type { Ack, MissingReason, PublishResult } from "./publish_result.ts";

/**
 * What a response was to a ledger: an answer that was owed; a sign of life
 * without an answer; the same answer again; another answer than before; an
 * answer that nobody owed.
 */
export type Verdict =
  | "counted"
  | "progress"
  | "duplicate"
  | "conflict"
  | "unknown";

/** How a publish ended, beside its answers. */
export interface Outcome {
  /** What the server counted, if it told. */
  receivers: number | undefined;
  /** Milliseconds since the publish. */
  elapsed: number;
  /** Why the answers that did not come did not come. */
  missingReason: MissingReason;
}

/** The account of one publish. */
export class AckLedger {
  readonly #owed: Set<string>;
  readonly #acks = new Map<string, Ack>();
  readonly #messages = new Map<string, string>();

  /** @param subscribers Who owes an answer. */
  constructor(subscribers: Iterable<string>) {
    this.#owed = new Set(subscribers);
  }

  /** How many answers are still owed. */
  get missing(): number {
    return this.#owed.size;
  }

  /**
   * Enters a response.
   *
   * @param response The response; its publisher and event have been checked.
   * @param latency Milliseconds since the publish.
   */
  take({ responderId, ras, message }: Response, latency: number): Verdict {
    if (ras === undefined) return "progress";
    // As in the reference, a message counts whoever sends it.
    if (message !== undefined && !this.#messages.has(responderId)) {
      this.#messages.set(responderId, message);
    }
    if (this.#owed.delete(responderId)) {
      this.#acks.set(responderId, {
        ras,
        ...(message === undefined ? {} : { message }),
        latency,
      });
      return "counted";
    }
    const ack = this.#acks.get(responderId);
    if (ack === undefined) return "unknown";
    if (Object.is(ack.ras, ras)) return "duplicate";
    this.#acks.set(responderId, { ...ack, conflictingRas: ras });
    return "conflict";
  }

  /** Closes the account. */
  close({ receivers, elapsed, missingReason }: Outcome): PublishResult {
    const code = this.#owed.size > 0
      ? ResultCode.MissingResponse
      : [...this.#acks.values()].some(({ ras }) => ras !== 1)
      ? ResultCode.SubFailed
      : ResultCode.AllSubsSuccess;
    return {
      code,
      ok: code === ResultCode.AllSubsSuccess,
      acks: this.#acks,
      missing: new Map(Array.from(this.#owed, (id) => [id, missingReason])),
      messages: Object.fromEntries(this.#messages),
      receivers,
      elapsed,
    };
  }
}
