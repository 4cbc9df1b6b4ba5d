/**
 * What the parties of a barrier say to each other on its channel.
 *
 * @module
 */
import {
  type CallMessage,
  encodeMessage,
  id,
  list,
  type Member,
  member,
  messageParser,
  name,
  optional,
  refuse,
  text,
} from "../meeting/message.ts";
import { ownValue } from "../../protocol/payload.ts";
import { MAX_VALUE } from "../meeting/value.ts";

/** Why a party gives a barrier up. */
export type GiveUpReason = "timeout" | "aborted" | "disconnected" | "too-large";

const REASONS: readonly string[] = ["timeout", "aborted", "disconnected"];
/** Stands beside the reason `aborted`, because older peers know no other reason for it. */
const TOO_LARGE = "too-large";

/** A value as JSON; `true`: there is one, which is not told here; `null`: none is known. */
export type MemberValue = string | true | null;

/** "I am here." */
export interface Arrive extends CallMessage {
  readonly kind: "arrive";
  readonly party: string;
  /** The value that it hands in, as JSON. */
  readonly value?: string;
}

/** "My link was lost, and is back: is my call still undecided?" */
export interface Back extends CallMessage {
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
export interface Claim extends CallMessage {
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
export interface GiveUp extends CallMessage {
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
  const cause = isTooLarge ? { reason: "aborted", cause: TOO_LARGE } : {};
  return encodeMessage({ ...message, ...cause });
}

const entry = { party: name, value: optional(json) } as const;
const ids = list(id);
const claim = {
  after: id,
  members: list(member),
  values: optional(list(memberValue)),
  lacks: optional(ids),
  partial: optional((value) => value === true || refuse()),
} as const;

/** Reads a message; undefined if the text is none. */
export const parseBarrierMessage: (text: string) => BarrierMessage | undefined =
  messageParser<BarrierMessage>({
    arrive: entry,
    back: {
      ...entry,
      known: optional(ids),
      unsure: optional(ids),
      last: optional(list(Number)),
      heard: ids,
    },
    state: claim,
    open: claim,
    "give-up": {
      ids,
      by: name,
      reason: (said, fields) => {
        if (!REASONS.includes(said as string)) refuse();
        const isTooLarge = ownValue(fields, "cause") === TOO_LARGE;
        return isTooLarge ? TOO_LARGE : said as GiveUpReason;
      },
      arrived: list(name),
    },
  });

function json(value: unknown): string {
  return text(value, MAX_VALUE);
}

function memberValue(value: unknown): MemberValue {
  return value === true || value === null ? value : json(value);
}
