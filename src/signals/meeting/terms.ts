/**
 * Who meets, as a caller says it: the parties, the round in which only calls
 * that say the same hear each other, and how long a call waits.
 *
 * @module
 */
import {
  checkFilled,
  checkSpan,
  checkText,
  checkTexts,
  checkWhole,
  mustBe,
  type Names,
} from "../../internal/check.ts";
import { hostName } from "../host.ts";

/** Most parties of one meeting. */
export const MAX_PARTIES = 1_000;
/** Most characters of a party's name. */
export const MAX_NAME = 200;
/** Most names in the text of an error. */
const MAX_TOLD = 10;

/** How many parties there are, or which. */
export type Parties = number | ReadonlySet<string>;

/** What a caller says. */
export interface MeetingOptions {
  readonly parties: number | readonly string[];
  readonly party?: string;
  readonly generation?: number;
  readonly namespace?: string;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** The names of what a caller says, but for what every entry point takes. */
export const MEETING_NAMES: Names<
  Omit<MeetingOptions, "namespace" | "signal">
> = {
  parties: true,
  party: true,
  generation: true,
  timeout: true,
};

/** What is called for: options that have been checked, and what follows from them. */
export interface MeetingTerms {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly party: string;
  readonly parties: Parties;
  /** Equal for calls that belong together. */
  readonly round: string;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks what a caller says.
 *
 * @throws {TypeError | RangeError} If an option can't be used; it is named.
 */
export async function meetingTerms(
  name: string,
  options: MeetingOptions,
): Promise<MeetingTerms> {
  checkFilled(name, "name");
  const { generation = 0, namespace, timeout = 60_000, signal } = options;
  if (namespace !== undefined) checkText(namespace, "namespace");
  checkWhole(generation, "generation", 0);
  checkSpan(timeout, "timeout");
  const { party, parties, all } = typeof options.parties === "number"
    ? checkCount(options.parties, options.party)
    : await checkNames(options.parties, options.party);
  const round = `${generation}:${all}`;
  return { name, namespace, party, parties, round, timeout, signal };
}

/** How many parties there are. */
export function countOf(parties: Parties): number {
  return typeof parties === "number" ? parties : parties.size;
}

/** The parties that have not arrived, sorted; none where their names are not known. */
export function missingOf(
  parties: Parties,
  arrived: readonly string[],
): string[] {
  if (typeof parties === "number") return [];
  return [...parties.difference(new Set(arrived))].sort();
}

/** How many parties are missing, and the names of the first ones, if they are known. */
export function missingText(
  count: number,
  missing: readonly string[],
): string {
  const names = missing.slice(0, MAX_TOLD).map((name) => `"${name}"`);
  if (missing.length > MAX_TOLD) names.push("...");
  return `${count} missing${names.length > 0 ? `: ${names.join(", ")}` : ""}`;
}

/** The party, all parties, and a text that is equal for equal parties. */
type Attendants = Pick<MeetingTerms, "party" | "parties"> & { all: string };

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
  checkTexts(parties, "parties", "a number, or an array of strings");
  parties.forEach((party, n) => checkName(party, `parties[${n}]`));
  checkWhole(parties.length, "the number of parties", 1, MAX_PARTIES);
  const names = new Set(parties);
  if (names.size < parties.length) {
    throw new RangeError(
      `Cannot use parties as each must have a name of its own: current value is ${parties}`,
    );
  }
  if (party === undefined || !names.has(party)) {
    throw new RangeError(mustBe("party", "one of the parties", party));
  }
  return { party, parties: names, all: `${names.size}:${await digest(names)}` };
}

function checkName(name: string, what: string): void {
  checkFilled(name, what);
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

/** Tells of the messages on the channel that were passed over. */
export function strangersText(ignored: number): string {
  return ignored === 0
    ? ""
    : `; ${ignored} messages were of calls with another generation or other options`;
}
