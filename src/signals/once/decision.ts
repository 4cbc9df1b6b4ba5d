/**
 * How one call of `once()` ended.
 *
 * @module
 */
import type { Settled } from "./course.ts";

/** Why a call gives up. */
export type OnceGiveUp = "timeout" | "aborted" | "disconnected" | "replaced";

/** How a call ended. */
export type OnceDecision = OnceSettled | OnceGivenUp;

/** With the result. */
export interface OnceSettled {
  readonly kind: "settled";
  readonly settled: Settled;
}

/** Without a result. */
export interface OnceGivenUp {
  readonly kind: "failed";
  readonly reason: OnceGiveUp;
  /** Whether the others may have a result. */
  readonly unknown: boolean;
  /** The parties that were there, as far as this call knew. */
  readonly arrived: readonly string[];
}
