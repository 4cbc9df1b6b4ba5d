/**
 * The error of a call of `once()` that ends without a value.
 *
 * @module
 */
import { missingOf, missingText, strangersText } from "../meeting/terms.ts";
import type { OnceTerms } from "./options.ts";
import type { OnceDecision } from "./decision.ts";

/**
 * Why a call ended without a value: the function threw; this party's timeout;
 * its abort; its lost link; another call took this party's name.
 *
 * @category Once
 */
export type OnceFailure =
  | "threw"
  | "timeout"
  | "aborted"
  | "disconnected"
  | "replaced";

/**
 * A call of `once` ended without a value.
 *
 * @category Once
 * @example
 * ```ts
 * import { once, OnceError } from "@dsa/state-signals";
 * import { MemoryTransport } from "@dsa/state-signals/memory";
 *
 * try {
 *   await once("set-up", {
 *     redis: new MemoryTransport(),
 *     parties: 1,
 *     run: () => {
 *       throw new RangeError("no disk");
 *     },
 *   });
 * } catch (error) {
 *   if (!(error instanceof OnceError)) throw error;
 *   console.log(error.outcome, error.cause); // "failed", RangeError: no disk
 * }
 * ```
 */
export class OnceError extends Error {
  /** Always `"OnceError"`. */
  override readonly name = "OnceError";
  /** Why. */
  readonly reason: OnceFailure;
  /**
   * `"failed"`: the function threw, and all parties get this error;
   * `"not-run"`: this party left before all parties were there, so no function
   * ran with it; `"unknown"`: the others may have a value, or get one.
   */
  readonly outcome: "failed" | "not-run" | "unknown";
  /** The party whose function threw, or this party. */
  readonly by: string;
  /** The parties that were not there, where the function was not run and `parties` are names. */
  readonly missing: readonly string[];
  /** Messages on the channel that were none of this round. */
  readonly ignored: number;

  /**
   * Creates the error.
   *
   * @param decision How the call ended.
   * @param terms What was called for.
   * @param ignored Messages that were passed over.
   * @param cause The error that lies beneath, if any.
   */
  constructor(
    decision: OnceDecision,
    terms: Pick<OnceTerms, "name" | "party" | "parties">,
    ignored: number,
    cause?: unknown,
  ) {
    const { reason, outcome, by, missing, because } = describe(decision, terms);
    super(
      `Cannot get the value of once "${terms.name}" as ${because}${
        strangersText(ignored)
      }`,
      cause === undefined ? {} : { cause },
    );
    this.reason = reason;
    this.outcome = outcome;
    this.by = by;
    this.missing = missing;
    this.ignored = ignored;
  }
}

type OnceEnding = Pick<OnceError, "reason" | "outcome" | "by" | "missing"> & {
  readonly because: string;
};

function describe(
  decision: OnceDecision,
  { party, parties }: Pick<OnceTerms, "party" | "parties">,
): OnceEnding {
  if (decision.kind === "settled") {
    const { outcome, by } = decision.settled;
    const because = outcome.error === undefined
      ? "there is one"
      : `the function of "${by}" threw ${outcome.error}: ${outcome.message}`;
    return { reason: "threw", outcome: "failed", by, missing: [], because };
  }
  const { reason, unknown, arrived } = decision;
  const missing = unknown ? [] : missingOf(parties, arrived);
  const because = unknown
    ? `${WHY[reason]}, and whether the others get one can't be known`
    : `${WHY[reason]} before all parties were there, so it was not run${
      missing.length > 0 ? `; ${missingText(missing.length, missing)}` : ""
    }`;
  const outcome = unknown ? "unknown" : "not-run";
  return { reason, outcome, by: party, missing, because };
}

const WHY = {
  timeout: "the timeout of this party ended",
  aborted: "this party was aborted",
  disconnected: "the link of this party was lost",
  replaced: "another call took the name of this party",
} as const;
