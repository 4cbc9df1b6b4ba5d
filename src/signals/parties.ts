/**
 * Who the parties of a meeting are, as a caller says it, and the round in which
 * only calls that say the same hear each other.
 *
 * @module
 */
import { checkText, checkTexts, checkWhole } from "../internal/check.ts";
import { hostName } from "./host.ts";

/** Most parties of one meeting. */
const MAX_PARTIES = 1_000;
/** Most characters of a party's name. */
const MAX_NAME = 200;

/** What a caller says about parties. */
export interface PartyOptions {
  readonly parties: number | readonly string[];
  readonly party?: string;
  readonly generation?: number;
}

/** The parties, checked. */
export interface PartyTerms {
  readonly party: string;
  readonly parties: number | ReadonlySet<string>;
  /** Equal for calls that belong together. */
  readonly round: string;
}

/**
 * Checks what a caller says about parties.
 *
 * @throws {TypeError | RangeError} If an option can't be used; it is named.
 */
export async function partyTerms(options: PartyOptions): Promise<PartyTerms> {
  const { parties, generation = 0 } = options;
  checkWhole(generation, "generation", 0, Number.MAX_SAFE_INTEGER);
  if (typeof parties === "number") {
    checkWhole(parties, "parties", 1, MAX_PARTIES);
    const { party = `${hostName()}-${crypto.randomUUID()}` } = options;
    checkName(party, "party");
    return { party, parties, round: `${generation}:${parties}` };
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
  return { party, parties: names, round };
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
