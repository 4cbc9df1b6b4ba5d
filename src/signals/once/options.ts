/**
 * What `once()` takes and how it ends.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import { checkSpan, mustBe, type Names } from "../../internal/check.ts";
import {
  MEETING_NAMES,
  type MeetingTerms,
  meetingTerms,
} from "../meeting/terms.ts";

/** Milliseconds: a shorter `takeoverAfter` would take a slow network for a lost runner. */
const SHORTEST_TAKEOVER = 100;

/**
 * The options of {@linkcode once}.
 *
 * @category Once
 */
export interface OnceOptions<T> extends ConnectOptions {
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
   * The function that one party runs. Its value must be JSON of at most 64 KiB,
   * or `undefined`. What JSON can't keep, such as `NaN` or a `Map`, is an error
   * like one that the function throws: it goes to all parties by name and message.
   *
   * @param signal Aborts when another party may take over, or when this call
   * ends; the function must stop then.
   */
  run: (signal: AbortSignal) => T | Promise<T>;
  /**
   * Milliseconds without a sign of the running party after which another party
   * runs its function. The signal of the running party aborts after half of it.
   * All parties must say the same; 100 at least.
   *
   * @default {30_000}
   */
  takeoverAfter?: number;
  /**
   * Number of the round, a whole number: rounds of different numbers know
   * nothing of each other.
   *
   * @default {0}
   */
  generation?: number;
  /** Milliseconds to wait for the value; `Infinity`: for ever. @default {60_000} */
  timeout?: number;
  /**
   * Gives up connecting, waiting, or running: `once` rejects with the signal's
   * reason before the party has arrived, then with an `OnceError` whose `cause`
   * it is.
   */
  signal?: AbortSignal;
}

/**
 * How a call of {@linkcode once} ended: the same for all, but for `elapsed` and `ignored`.
 *
 * @category Once
 */
export interface OnceResult<T> {
  /** The value, as it has gone through JSON; the type is not checked. */
  readonly value: T;
  /** The party whose function returned it. */
  readonly by: string;
  /** Milliseconds since the party arrived. */
  readonly elapsed: number;
  /** Messages on the channel that were none of this round. */
  readonly ignored: number;
}

/** The names of the options that other entry points do not have. */
export const ONCE_NAMES: Names<
  Omit<OnceOptions<unknown>, keyof ConnectOptions>
> = { ...MEETING_NAMES, run: true, takeoverAfter: true };

/** What is called for: options that have been checked, and what follows from them. */
export interface OnceTerms extends MeetingTerms {
  readonly takeoverAfter: number;
}

/**
 * Checks the options.
 *
 * @throws {TypeError | RangeError} If one can't be used; it is named.
 */
export async function onceTerms(
  name: string,
  options: OnceOptions<unknown>,
): Promise<OnceTerms> {
  const terms = await meetingTerms(name, options);
  const { run, takeoverAfter = 30_000 } = options;
  if (typeof run !== "function") {
    throw new TypeError(mustBe("run", "a function", run));
  }
  checkSpan(takeoverAfter, "takeoverAfter", SHORTEST_TAKEOVER);
  // Parties that count differently must not meet: one would take over too early.
  const round = `${terms.round}:${takeoverAfter}`;
  return { ...terms, round, takeoverAfter };
}
