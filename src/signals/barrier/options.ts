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
import { MAX_NAME, MAX_PARTIES } from "./message.ts";
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
  /** Milliseconds from this party's arrival until the barrier opened. */
  readonly elapsed: number;
  /** Messages on the barrier's channel that were none of this round. */
  readonly ignored: number;
}

/** What is called for: options that have been checked, and what follows from them. */
export interface BarrierTerms {
  readonly name: string;
  readonly party: string;
  readonly parties: number | ReadonlySet<string>;
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
  const { parties, generation = 0, timeout = 60_000, signal } = options;
  checkWhole(generation, "generation", 0, Number.MAX_SAFE_INTEGER);
  checkSpan(timeout, "timeout");
  if (typeof parties === "number") {
    checkWhole(parties, "parties", 1, MAX_PARTIES);
    const { party = `${hostName()}-${crypto.randomUUID()}` } = options;
    checkName(party, "party");
    const round = `${generation}:${parties}`;
    return { name, party, parties, timeout, signal, round };
  }
  const names = checkParties(parties);
  const { party } = options;
  if (party === undefined || !names.has(party)) {
    throw new RangeError(
      `Cannot use party as it must be one of the parties: current value is ${
        String(party)
      }`,
    );
  }
  const round = `${generation}:${names.size}:${await digest(names)}`;
  return { name, party, parties: names, timeout, signal, round };
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
