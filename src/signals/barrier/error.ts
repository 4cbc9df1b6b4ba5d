/**
 * The error of a barrier that did not open.
 *
 * @module
 */
import { missingOf, missingText, strangersText } from "../meeting/terms.ts";
import type { Failure } from "./decision.ts";
import type { BarrierTerms } from "./options.ts";
import { MAX_VALUES } from "./values.ts";

/**
 * Why a barrier failed: a party's timeout; a party's abort; a party lost its
 * link; another call took this party's name; `"late"`: the barrier opened
 * without this party, because enough others were there (`atLeast`);
 * `"too-large"`: the values take more than 512 KiB together.
 *
 * @category Barrier
 */
export type BarrierFailure =
  | "timeout"
  | "aborted"
  | "disconnected"
  | "replaced"
  | "late"
  | "too-large";

/**
 * A barrier did not open. All parties that failed by the same give-up get the
 * same `reason`, `by`, `arrived` and `missing`.
 *
 * @category Barrier
 * @example
 * ```ts
 * import { barrier, BarrierError } from "@dsa/state-signals";
 * import { MemoryTransport } from "@dsa/state-signals/memory";
 *
 * try {
 *   await barrier("warm", {
 *     redis: new MemoryTransport(),
 *     parties: ["a", "b"],
 *     party: "a",
 *     timeout: 100,
 *   });
 * } catch (error) {
 *   if (!(error instanceof BarrierError)) throw error;
 *   console.log(error.reason, error.missing); // "timeout", ["b"]
 * }
 * ```
 */
export class BarrierError extends Error {
  /** Always `"BarrierError"`. */
  override readonly name = "BarrierError";
  /** Why. */
  readonly reason: BarrierFailure;
  /**
   * `"failed"`: for each party that kept its link, or for this party alone if the
   * reason is `"late"` or `"replaced"`; `"unknown"`: the barrier may have opened
   * for others, because this party lost its link, or because so few arrived that
   * `atLeast` others may have left before.
   */
  readonly outcome: "failed" | "unknown";
  /** The party that gave up first, took this one's name, or opened the barrier. */
  readonly by: string;
  /** The parties that had arrived, as far as that one knew; if `"late"`, those that left. */
  readonly arrived: readonly string[];
  /** The parties that had not; empty where `parties` was a number. */
  readonly missing: readonly string[];
  /** How many had not. */
  readonly missingCount: number;
  /** Messages on the barrier's channel that were none of this round. */
  readonly ignored: number;

  /**
   * Creates the error.
   *
   * @param failure How the call failed.
   * @param terms What was called for.
   * @param ignored Messages that were passed over.
   * @param cause The error that lies beneath, if any.
   */
  constructor(
    failure: Failure,
    terms: Pick<BarrierTerms, "name" | "party" | "parties">,
    ignored: number,
    cause?: unknown,
  ) {
    const { reason, by, arrived, unknown } = failure;
    const { parties } = terms;
    const missing = missingOf(parties, arrived);
    const missingCount = typeof parties === "number"
      ? Math.max(0, parties - arrived.length)
      : missing.length;
    super(
      `Cannot pass the barrier "${terms.name}" as ${
        because(failure, terms)
      }; ${arrived.length} arrived, ${missingText(missingCount, missing)}${
        strangersText(ignored)
      }`,
      cause === undefined ? {} : { cause },
    );
    this.reason = reason;
    this.outcome = unknown ? "unknown" : "failed";
    this.by = by;
    this.arrived = arrived;
    this.missing = missing;
    this.missingCount = missingCount;
    this.ignored = ignored;
  }
}

function because(
  { reason, by, unknown }: Failure,
  { party }: Pick<BarrierTerms, "party">,
): string {
  if (reason === "replaced") return `another call took the name "${by}"`;
  if (reason === "disconnected" && unknown) {
    return "the link was lost and what was decided meanwhile can't be known";
  }
  const whose = by === party ? `"${by}" (this party)` : `"${by}"`;
  const before = unknown ? ", and enough others may have left before" : "";
  switch (reason) {
    case "timeout":
      return `${whose} gave up when its timeout ended${before}`;
    case "aborted":
      return `${whose} was aborted${before}`;
    case "disconnected":
      return `${whose} lost its link`;
    case "late":
      return "enough others left without this party";
    case "too-large":
      return `the values of the parties take more than ${MAX_VALUES} bytes as JSON`;
  }
}
