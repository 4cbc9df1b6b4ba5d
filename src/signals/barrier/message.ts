/**
 * What the parties of a barrier say to each other on its channel.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { isRecord, ownValue } from "../../protocol/payload.ts";

/** Most parties of one barrier. */
export const MAX_PARTIES = 1_000;
/** Most characters of a party's name. */
export const MAX_NAME = 200;

const VERSION = 1;
const MAX_ID = 100;
const MAX_MESSAGE = 1_000_000;
/** A message, its list, and the items of that. */
const MAX_DEPTH = 3;

/** Why a party gives a barrier up. */
export type GiveUpReason = "timeout" | "aborted" | "disconnected";

const REASONS: readonly string[] = ["timeout", "aborted", "disconnected"];

/** One call of `barrier()`: its id, which no other call ever has, and its party's name. */
export type Member = readonly [id: string, party: string];

/** What every message says. */
interface Common {
  /** Generation and parties: only calls that agree in them hear each other. */
  readonly round: string;
  /** Names the message. */
  readonly mid: string;
  /** The call that says it. */
  readonly id: string;
}

/** "I am here." */
export interface Arrive extends Common {
  readonly kind: "arrive";
  readonly party: string;
}

/** "My link was lost, and is back: is my call still undecided?" */
export interface Back extends Common {
  readonly kind: "back";
  readonly party: string;
  /** All that it knew of before; left out where there may be others that knew of it. */
  readonly known?: readonly string[];
  /** Those of them that it did not count, because they were in doubt; older peers say none. */
  readonly unsure?: readonly string[];
  /** The number of the last entry of each of them that it had heard; older peers say none. */
  readonly last?: readonly number[];
  /** Of whom it has heard since that they are back, too. */
  readonly heard: readonly string[];
}

/** "These are here" or "these leave": true if nothing came after the message `after`. */
export interface Claim extends Common {
  readonly kind: "state" | "open";
  readonly after: string;
  readonly members: readonly Member[];
}

/** "I will not wait any longer, and none of these can." */
export interface GiveUp extends Common {
  readonly kind: "give-up";
  readonly ids: readonly string[];
  /** The party that gave up first, and why. */
  readonly by: string;
  readonly reason: GiveUpReason;
  /** The parties that had arrived. */
  readonly arrived: readonly string[];
}

/** Any of them. */
export type BarrierMessage = Arrive | Back | Claim | GiveUp;

/** The number of an entry of a call: its later entries have higher ones. */
export function entryNumber({ mid }: Pick<Arrive | Back, "mid">): number {
  return Number(mid.slice(mid.lastIndexOf("/") + 1));
}

/** Writes a message. */
export function encodeBarrierMessage(message: BarrierMessage): string {
  return JSON.stringify({ v: VERSION, ...message });
}

/**
 * Reads a message, copying what the schema has and nothing else.
 *
 * @returns The message; undefined if it is none.
 */
export function parseBarrierMessage(text: string): BarrierMessage | undefined {
  if (text.length > MAX_MESSAGE) return undefined;
  try {
    const record = parseJson(text, { maxDepth: MAX_DEPTH });
    if (!isRecord(record) || ownValue(record, "v") !== VERSION) {
      return undefined;
    }
    return readMessage(record);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Malformed) {
      return undefined;
    }
    throw error;
  }
}

class Malformed extends Error {}

type Fields = Record<string, unknown>;

function readMessage(fields: Fields): BarrierMessage {
  const common = {
    round: text(ownValue(fields, "round"), MAX_ID),
    mid: text(ownValue(fields, "mid"), MAX_ID),
    id: text(ownValue(fields, "id"), MAX_ID),
  };
  const kind = ownValue(fields, "kind");
  switch (kind) {
    case "arrive":
      return { kind, ...common, party: text(ownValue(fields, "party")) };
    case "back": {
      const known = ownValue(fields, "known");
      const unsure = ownValue(fields, "unsure");
      const last = ownValue(fields, "last");
      return {
        kind,
        ...common,
        party: text(ownValue(fields, "party")),
        ...(known === undefined ? {} : { known: list(known, id) }),
        ...(unsure === undefined ? {} : { unsure: list(unsure, id) }),
        ...(last === undefined ? {} : { last: list(last, Number) }),
        heard: list(ownValue(fields, "heard"), id),
      };
    }
    case "state":
    case "open":
      return {
        kind,
        ...common,
        after: id(ownValue(fields, "after")),
        members: list(ownValue(fields, "members"), member),
      };
    case "give-up": {
      const reason = ownValue(fields, "reason");
      if (!REASONS.includes(reason as string)) throw new Malformed();
      return {
        kind,
        ...common,
        ids: list(ownValue(fields, "ids"), id),
        by: text(ownValue(fields, "by")),
        reason: reason as GiveUpReason,
        arrived: list(ownValue(fields, "arrived"), (name) => text(name)),
      };
    }
    default:
      throw new Malformed();
  }
}

function text(value: unknown, longest = MAX_NAME): string {
  if (typeof value === "string" && value.length <= longest) return value;
  throw new Malformed();
}

function id(value: unknown): string {
  return text(value, MAX_ID);
}

function member(value: unknown): Member {
  if (!Array.isArray(value) || value.length !== 2) throw new Malformed();
  return [id(value[0]), text(value[1])];
}

function list<T>(value: unknown, read: (item: unknown) => T): T[] {
  // Twice as many: calls that died may still be on the list.
  if (Array.isArray(value) && value.length <= 2 * MAX_PARTIES) {
    return value.map(read);
  }
  throw new Malformed();
}
