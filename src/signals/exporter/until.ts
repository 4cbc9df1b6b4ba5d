/**
 * How many successes a publish waits for.
 *
 * @module
 */
import { checkWhole } from "../../internal/check.ts";
import type { PublishOptions } from "./options.ts";

const ALL = () => undefined;

/**
 * Reads and checks `until`.
 *
 * @returns Says of how many subscribers how many are enough; nothing: all.
 * @throws {RangeError} If it is no count and no part.
 */
export function enoughOf(
  until: PublishOptions["until"] = "all",
): (subscribers: number) => number | undefined {
  if (until === "all") return ALL;
  if ("count" in until) {
    const count = checkWhole(until.count, "until.count", 1, 2 ** 31);
    return () => count;
  }
  const { quorum } = until;
  if (!(quorum > 0 && quorum <= 1)) {
    throw new RangeError(
      `Cannot use until.quorum as it must be more than 0 and at most 1: current value is ${quorum}`,
    );
  }
  return (subscribers) => Math.ceil(subscribers * quorum);
}
