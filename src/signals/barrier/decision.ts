/**
 * How one call of `barrier()` ended.
 *
 * @module
 */
import type { Member } from "../meeting/message.ts";
import type { GiveUpReason, MemberValue } from "./message.ts";

/** How a call ended. */
export type Decision = Opening | Failure;

/** All leave together. */
export interface Opening {
  readonly kind: "opened";
  /** Who leaves; the same list, in the same order, for all of them. */
  readonly members: readonly Member[];
  /** Their values, in that order; the same for all of them. */
  readonly values: readonly MemberValue[];
}

/** The call failed. */
export interface Failure {
  readonly kind: "failed";
  /** `"late"`: the others left without this call. */
  readonly reason: GiveUpReason | "replaced" | "late";
  /** Whether the others may have come to another decision. */
  readonly unknown: boolean;
  /** The party that gave up first, took this one's name, or opened the barrier. */
  readonly by: string;
  /** The parties that had arrived. */
  readonly arrived: readonly string[];
}
