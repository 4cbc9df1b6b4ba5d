/**
 * What `barrier()` takes and how it ends.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import { checkSpan, checkWhole, type Names } from "../../internal/check.ts";
import { describeValue } from "../../internal/describe_value.ts";
import {
  countOf,
  MEETING_NAMES,
  type MeetingTerms,
  meetingTerms,
  type Parties,
} from "../meeting/terms.ts";
import { encodeValue } from "../meeting/value.ts";
import type { AttendanceTerms } from "./attendance.ts";

/**
 * The options of {@linkcode barrier}.
 *
 * @category Barrier
 */
export interface BarrierOptions extends ConnectOptions {
  /**
   * How many parties there are, or their names, so that an error can name the
   * missing ones. All parties must say the same; 1,000 at most.
   */
  parties: number | readonly string[];
  /**
   * This party's name, of which there is only one: a later call of the same name
   * takes the place of an earlier one, such as that of a process that died.
   * Required where `parties` are names.
   *
   * @default {`<host name if --allow-sys=hostname is granted, else "unknown">-<uuid4>`}
   */
  party?: string;
  /**
   * A JSON value for the other parties, of at most 64 KiB as JSON, and 512 KiB
   * for all parties together; `undefined`: none. What JSON can't keep, such as
   * `NaN` or a `Map`, is refused.
   *
   * @default {undefined}
   */
  value?: unknown;
  /**
   * How many parties may leave without the others, more than half of them; all
   * parties must say the same. Each party calls once in a generation: one that
   * calls again may meet parties that came too late.
   *
   * @default {all}
   */
  atLeast?: number;
  /**
   * Milliseconds that so many parties wait for the others; `Infinity`: until the
   * timeout of one of them. A party that was not answered yet waits for half a
   * second at least. Only together with `atLeast`; all parties must say the same.
   *
   * @default {5_000}
   */
  settle?: number;
  /**
   * Number of the round, a whole number: rounds of different numbers know
   * nothing of each other.
   *
   * @default {0}
   */
  generation?: number;
  /** Milliseconds to wait for the others; `Infinity`: for ever. @default {60_000} */
  timeout?: number;
  /**
   * Gives up connecting, or waiting: `barrier` rejects with the signal's reason
   * before the party has arrived, then with a `BarrierError` whose `cause` it is.
   */
  signal?: AbortSignal;
}

/**
 * How a barrier opened: the same for all who left through it, but for `index`.
 *
 * @category Barrier
 */
export interface BarrierResult {
  /** The parties that left together, in the same order for all of them. */
  readonly members: readonly string[];
  /** This party's place among them: 0 is a single one, if one is needed. */
  readonly index: number;
  /**
   * The values that the members handed in, by party; the same for all of them. A
   * member that handed in none is left out, and so may be one that died or lost
   * its link before the barrier opened. Empty if a party opened the barrier whose
   * version of this module knows no values.
   */
  readonly values: ReadonlyMap<string, unknown>;
  /** Milliseconds from this party's arrival until the barrier opened. */
  readonly elapsed: number;
  /** Messages on the barrier's channel that were none of this round. */
  readonly ignored: number;
}

/** The names of the options that other entry points do not have. */
export const BARRIER_NAMES: Names<Omit<BarrierOptions, keyof ConnectOptions>> =
  { ...MEETING_NAMES, value: true, atLeast: true, settle: true };

/** What is called for: options that have been checked, and what follows from them. */
export interface BarrierTerms extends AttendanceTerms, MeetingTerms {
  /** As JSON. */
  readonly value: string | undefined;
}

/**
 * Checks the options.
 *
 * @throws {TypeError | RangeError} If one can't be used; it is named.
 */
export async function barrierTerms(
  name: string,
  options: BarrierOptions,
): Promise<BarrierTerms> {
  const terms = await meetingTerms(name, options);
  const { quorum, ...enough } = checkQuorum(options, terms.parties);
  const round = `${terms.round}${quorum}`;
  return { ...terms, ...enough, round, value: encodeValue(options.value) };
}

/** How many are enough, and a text that is equal for equal terms. */
function checkQuorum(
  { atLeast, settle }: BarrierOptions,
  parties: Parties,
): Pick<AttendanceTerms, "atLeast" | "settle"> & { quorum: string } {
  if (atLeast === undefined) {
    if (settle === undefined) return { quorum: "" };
    throw new TypeError(
      `Cannot use settle as it must come with atLeast: current value is ${
        describeValue(settle)
      }`,
    );
  }
  const all = countOf(parties);
  // Two groups of more than half share a party: a second one can't leave as if it was the first.
  checkWhole(atLeast, "atLeast", Math.floor(all / 2) + 1, all);
  const wait = checkSpan(settle ?? 5_000, "settle");
  return { atLeast, settle: wait, quorum: `/${atLeast}/${wait}` };
}
