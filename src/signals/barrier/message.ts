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
/** Most bytes of a party's value, as JSON in UTF-8. */
export const MAX_VALUE = 64 * 1024;

const VERSION = 1;
const MAX_ID = 100;
const MAX_MESSAGE = 2_500_000;
/** A message, its list, and the items of that. */
const MAX_DEPTH = 3;

/** Why a party gives a barrier up. */
export type GiveUpReason = "timeout" | "aborted" | "disconnected" | "too-large";

const REASONS: readonly string[] = ["timeout", "aborted", "disconnected"];
/** Stands beside the reason `aborted`, because older peers know no other reason for it. */
const TOO_LARGE = "too-large";

/** One call of `barrier()`: its id, which no other call ever has, and its party's name. */
export type Member = readonly [id: string, party: string];

/** A value as JSON; `true`: there is one, which is not told here; `null`: none is known. */
export type MemberValue = string | true | null;

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
  /** The value that it hands in, as JSON. */
  readonly value?: string;
}

/** "My link was lost, and is back: is my call still undecided?" */
export interface Back extends Common {
  readonly kind: "back";
  readonly party: string;
  readonly value?: string;
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
  /** The values of the members, in their order; left out where none is known. */
  readonly values?: readonly MemberValue[];
  /** The members whose values the call asks for. */
  readonly lacks?: readonly string[];
  /** Others may wait that the call does not know of yet. */
  readonly partial?: true;
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
  const isTooLarge = message.kind === "give-up" && message.reason === TOO_LARGE;
  return JSON.stringify({
    v: VERSION,
    ...message,
    ...(isTooLarge ? { reason: "aborted", cause: TOO_LARGE } : {}),
  });
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
      return {
        kind,
        ...common,
        party: text(ownValue(fields, "party")),
        ...optional(fields, "value", json),
      };
    case "back":
      return {
        kind,
        ...common,
        party: text(ownValue(fields, "party")),
        ...optional(fields, "value", json),
        ...optional(fields, "known", ids),
        ...optional(fields, "unsure", ids),
        ...optional(fields, "last", (numbers) => list(numbers, Number)),
        heard: ids(ownValue(fields, "heard")),
      };
    case "state":
    case "open":
      return {
        kind,
        ...common,
        after: id(ownValue(fields, "after")),
        members: list(ownValue(fields, "members"), member),
        ...optional(fields, "values", (values) => list(values, memberValue)),
        ...optional(fields, "lacks", ids),
        ...optional(fields, "partial", yes),
      };
    case "give-up": {
      const said = ownValue(fields, "reason");
      if (!REASONS.includes(said as string)) throw new Malformed();
      const reason = ownValue(fields, "cause") === TOO_LARGE ? TOO_LARGE : said;
      return {
        kind,
        ...common,
        ids: ids(ownValue(fields, "ids")),
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

function ids(value: unknown): string[] {
  return list(value, id);
}

function json(value: unknown): string {
  return text(value, MAX_VALUE);
}

function memberValue(value: unknown): MemberValue {
  return value === true || value === null ? value : json(value);
}

function yes(value: unknown): true {
  if (value === true) return value;
  throw new Malformed();
}

/** A key that older peers do not send. */
function optional<Key extends string, T>(
  fields: Fields,
  key: Key,
  read: (value: unknown) => T,
): { [K in Key]?: T } {
  const value = ownValue(fields, key);
  return value === undefined ? {} : { [key]: read(value) } as { [K in Key]: T };
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
