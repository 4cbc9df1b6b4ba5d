/**
 * How one call of `barrier()` ended.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
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

/** The values of an opening by party. */
export function valuesOf(
  { members, values }: Opening,
): ReadonlyMap<string, unknown> {
  const map = new Map<string, unknown>();
  members.forEach(([, party], n) => {
    const value = values[n];
    if (typeof value !== "string") return;
    try {
      map.set(party, parseJson(value));
    } catch {
      // A peer's fault: the value is absent for all, because all read the same text.
    }
  });
  return map;
}
