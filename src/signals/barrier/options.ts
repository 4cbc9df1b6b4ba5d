/**
 * What `barrier()` takes and how it ends.
 *
 * @module
 */
import type { ConnectOptions } from "../../connect_options.ts";
import {
  checkSpan,
  checkText,
  checkTexts,
  checkWhole,
} from "../../internal/check.ts";
import { describeValue } from "../../protocol/json/describe_value.ts";
import type { AttendanceTerms } from "./attendance.ts";
import { MAX_NAME, MAX_PARTIES, MAX_VALUE } from "./message.ts";
import { hostName } from "../host.ts";

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
   * for all parties together; `undefined`: none.
   *
   * @default {undefined}
   */
  value?: unknown;
  /**
   * How many parties may leave without the others, more than half of them; all
   * parties must say the same. Each party calls once in a generation: one that
   * calls again may meet those who came too late.
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
  /** Gives up connecting, or waiting. */
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

/** What is called for: options that have been checked, and what follows from them. */
export interface BarrierTerms extends AttendanceTerms {
  readonly name: string;
  readonly party: string;
  /** As JSON. */
  readonly value: string | undefined;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Equal for calls that belong together. */
  readonly round: string;
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
  checkText(name, "name");
  if (options.namespace !== undefined) {
    checkText(options.namespace, "namespace");
  }
  const { generation = 0, timeout = 60_000, signal } = options;
  checkWhole(generation, "generation", 0, Number.MAX_SAFE_INTEGER);
  checkSpan(timeout, "timeout");
  const { party, parties, all } = typeof options.parties === "number"
    ? checkCount(options.parties, options.party)
    : await checkNames(options.parties, options.party);
  const { atLeast, settle, quorum } = checkQuorum(options, parties);
  return {
    name,
    party,
    parties,
    value: encodeValue(options.value),
    atLeast,
    settle,
    timeout,
    signal,
    round: `${generation}:${all}${quorum}`,
  };
}

/** The party, all parties, and a text that is equal for equal parties. */
type Attendants = Pick<BarrierTerms, "party" | "parties"> & { all: string };

function checkCount(
  parties: number,
  party: string = `${hostName()}-${crypto.randomUUID()}`,
): Attendants {
  checkWhole(parties, "parties", 1, MAX_PARTIES);
  checkName(party, "party");
  return { party, parties, all: `${parties}` };
}

async function checkNames(
  parties: readonly string[],
  party: string | undefined,
): Promise<Attendants> {
  const names = checkParties(parties);
  if (party === undefined || !names.has(party)) {
    throw new RangeError(
      `Cannot use party as it must be one of the parties: current value is ${
        String(party)
      }`,
    );
  }
  return { party, parties: names, all: `${names.size}:${await digest(names)}` };
}

/** How many are enough, and a text that is equal for equal terms. */
function checkQuorum(
  { atLeast, settle }: BarrierOptions,
  parties: number | ReadonlySet<string>,
): Pick<AttendanceTerms, "atLeast" | "settle"> & { quorum: string } {
  if (atLeast === undefined) {
    if (settle === undefined) return { quorum: "" };
    throw new TypeError(
      `Cannot use settle as it must come with atLeast: current value is ${
        String(settle)
      }`,
    );
  }
  const all = typeof parties === "number" ? parties : parties.size;
  // Two groups of more than half share a party: a second one can't leave as if it was the first.
  checkWhole(atLeast, "atLeast", Math.floor(all / 2) + 1, all);
  const wait = checkSpan(settle ?? 5_000, "settle");
  return { atLeast, settle: wait, quorum: `/${atLeast}/${wait}` };
}

/**
 * Writes a value as JSON.
 *
 * @throws {TypeError | RangeError} If the value can't be written, or is too large.
 */
export function encodeValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = jsonOf(value);
  const { length } = new TextEncoder().encode(text);
  if (length <= MAX_VALUE) return text;
  throw new RangeError(
    `Cannot use value as it must take at most ${MAX_VALUE} bytes as JSON: it takes ${length}`,
  );
}

function jsonOf(value: unknown): string {
  let cause: unknown;
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new TypeError(
    `Cannot use value as it must be a JSON value: current value is ${
      describeValue(value)
    }`,
    { cause },
  );
}

function checkParties(parties: readonly string[]): ReadonlySet<string> {
  checkTexts(parties, "parties");
  parties.forEach((party, n) => checkName(party, `parties[${n}]`));
  checkWhole(parties.length, "the number of parties", 1, MAX_PARTIES);
  const names = new Set(parties);
  if (names.size < parties.length) {
    throw new RangeError(
      `Cannot use parties as each must have a name of its own: current value is ${parties}`,
    );
  }
  return names;
}

function checkName(name: string, what: string): void {
  checkText(name, what);
  if (name.length > MAX_NAME) {
    throw new RangeError(
      `Cannot use ${what} as it must have at most ${MAX_NAME} characters: it has ${name.length}`,
    );
  }
}

/** Equal for equal names: parties that disagree about who they are never meet. */
async function digest(names: ReadonlySet<string>): Promise<string> {
  const text = JSON.stringify([...names].sort());
  const hash = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  return new Uint8Array(hash).toHex().slice(0, 32);
}
