/**
 * How one call of `barrier()` ended.
 *
 * @module
 */
import type { GiveUpReason, Member } from "./message.ts";

/** How a call ended. */
export type Decision = Opening | Failure;

/** All leave together. */
export interface Opening {
  readonly kind: "opened";
  /** Who leaves; the same list, in the same order, for all of them. */
  readonly members: readonly Member[];
}

/** The call failed. */
export interface Failure {
  readonly kind: "failed";
  readonly reason: GiveUpReason | "replaced";
  /** Whether the others may have come to another decision. */
  readonly unknown: boolean;
  /** The party that gave up first, or took this one's name. */
  readonly by: string;
  /** The parties that had arrived. */
  readonly arrived: readonly string[];
}
