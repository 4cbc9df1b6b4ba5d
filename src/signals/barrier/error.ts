/**
 * The error of a barrier that did not open.
 *
 * @module
 */
import type { Failure } from "./decision.ts";
import type { BarrierTerms } from "./options.ts";

/**
 * Why a barrier failed: a party's timeout; a party's abort; a party lost its
 * link; another call took this party's name.
 *
 * @category Barrier
 */
export type BarrierFailure =
  | "timeout"
  | "aborted"
  | "disconnected"
  | "replaced";

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
   * `"failed"`: for everybody who kept their link; `"unknown"`: this party lost
   * its own, and the barrier may have opened for the others.
   */
  readonly outcome: "failed" | "unknown";
  /** The party that gave up first, or took this one's name. */
  readonly by: string;
  /** The parties that had arrived, as far as that one knew. */
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
    const missing = typeof parties === "number"
      ? []
      : [...parties.difference(new Set(arrived))].sort();
    const missingCount = typeof parties === "number"
      ? Math.max(0, parties - arrived.length)
      : missing.length;
    super(
      `Cannot pass the barrier "${terms.name}" as ${because(failure, terms)}; ${
        attendance(arrived.length, missingCount, missing)
      }${ignored > 0 ? `; ${ignored} messages were of other rounds` : ""}`,
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
  if (unknown) {
    return "the link was lost and what was decided meanwhile can't be known";
  }
  const whose = by === party ? `"${by}" (this party)` : `"${by}"`;
  switch (reason) {
    case "timeout":
      return `${whose} gave up when its timeout ended`;
    case "aborted":
      return `${whose} was aborted`;
    case "disconnected":
      return `${whose} lost its link`;
  }
}

/** How many arrived and how many did not, and the names of those, if known. */
export function attendance(
  arrived: number,
  missingCount: number,
  missing: readonly string[],
): string {
  const names = missing.slice(0, 10).map((name) => `"${name}"`).join(", ");
  const more = missing.length > 10 ? ", ..." : "";
  return `${arrived} arrived, ${missingCount} missing${
    names ? `: ${names}${more}` : ""
  }`;
}
