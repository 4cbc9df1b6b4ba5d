/**
 * What the parties of `once()` say to each other on its channel.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { isRecord, ownValue } from "../../protocol/payload.ts";
import type { OnceOutcome } from "./outcome.ts";

const VERSION = 1;
const MAX_ID = 100;
const MAX_NAME = 200;
const MAX_LIST = 1_000;
const MAX_MESSAGE = 1_000_000;
/** A message, its list, and the items of that. */
const MAX_DEPTH = 3;

/** What every message says. */
interface OnceCommon {
  /** Generation and parties: only calls that agree in them hear each other. */
  readonly round: string;
  /** Names the message. */
  readonly mid: string;
  /** The call that says it, by its id, which no other call ever has. */
  readonly id: string;
}

/** "I am here, and have agreed to no meeting", or to one of which I do not know what became. */
export interface OnceJoin extends OnceCommon {
  readonly kind: "join";
  readonly party: string;
  readonly doubt?: string;
}

/** "All are here": a meeting of these is proposed, if nothing came after the message `after`. */
export interface OnceStart extends OnceCommon {
  readonly kind: "start";
  readonly after: string;
  readonly members: readonly OnceMember[];
}

/** One call, and its party's name. */
export type OnceMember = readonly [id: string, party: string];

/** "I agree to the meeting." */
export interface OnceReady extends OnceCommon {
  readonly kind: "ready";
  readonly meeting: string;
}

/** "These meetings never came about." */
export interface OnceDead extends OnceCommon {
  readonly kind: "dead";
  readonly meetings: readonly string[];
}

/** "I run the function", if nothing came after the message `after`. */
export interface OnceClaim extends OnceCommon {
  readonly kind: "claim";
  readonly meeting: string;
  readonly after: string;
  readonly party: string;
}

/** "The function of this claim still runs." */
export interface OnceBeat extends OnceCommon {
  readonly kind: "beat";
  readonly claim: string;
}

/** "The function of this claim has ended without an outcome." */
export interface OnceRelease extends OnceCommon {
  readonly kind: "release";
  readonly claim: string;
}

/** "The function of this claim has ended so." */
export interface OnceEnd extends OnceCommon {
  readonly kind: "result";
  readonly claim: string;
  readonly outcome: OnceOutcome;
}

/** "I have the result." */
export interface OnceHave extends OnceCommon {
  readonly kind: "have";
  readonly meeting: string;
  readonly party: string;
}

/** How a meeting stands: true if nothing came after the message `after`. */
export interface OnceStatus extends OnceCommon {
  readonly kind: "state";
  readonly meeting: string;
  readonly after: string;
  /** The parties that have not said yet that they have the result. */
  readonly owed: readonly string[];
  /** The claim that counts: the message that made it, and the call and the party that made that. */
  readonly claim?: readonly [claim: string, id: string, party: string];
  readonly outcome?: OnceOutcome;
}

/** "I go." */
export interface OnceLeave extends OnceCommon {
  readonly kind: "leave";
}

/** Any of them. */
export type OnceMessage =
  | OnceJoin
  | OnceStart
  | OnceReady
  | OnceDead
  | OnceClaim
  | OnceBeat
  | OnceRelease
  | OnceEnd
  | OnceHave
  | OnceStatus
  | OnceLeave;

/** A message without what every message says. */
export type OnceBody = Without<OnceMessage, keyof OnceCommon>;

type Without<Message, Key extends PropertyKey> = Message extends unknown
  ? Omit<Message, Key>
  : never;

/** Writes a message. */
export function encodeOnceMessage(message: OnceMessage): string {
  return JSON.stringify({ v: VERSION, ...message });
}

/**
 * Reads a message, copying what the schema has and nothing else.
 *
 * @returns The message; undefined if it is none.
 */
export function parseOnceMessage(text: string): OnceMessage | undefined {
  if (text.length > MAX_MESSAGE) return undefined;
  try {
    const record = parseJson(text, { maxDepth: MAX_DEPTH });
    if (!isRecord(record) || ownValue(record, "v") !== VERSION) {
      return undefined;
    }
    return readMessage((key) => ownValue(record, key));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NoMessage) {
      return undefined;
    }
    throw error;
  }
}

class NoMessage extends Error {}

function readMessage(get: (key: string) => unknown): OnceMessage {
  const common = {
    round: id(get("round")),
    mid: id(get("mid")),
    id: id(get("id")),
  };
  const kind = get("kind");
  switch (kind) {
    case "join": {
      const doubt = get("doubt");
      return {
        kind,
        ...common,
        party: name(get("party")),
        ...(doubt === undefined ? {} : { doubt: id(doubt) }),
      };
    }
    case "start":
      return {
        kind,
        ...common,
        after: id(get("after")),
        members: list(get("members"), member),
      };
    case "ready":
      return { kind, ...common, meeting: id(get("meeting")) };
    case "dead":
      return { kind, ...common, meetings: list(get("meetings"), id) };
    case "claim":
      return {
        kind,
        ...common,
        meeting: id(get("meeting")),
        after: id(get("after")),
        party: name(get("party")),
      };
    case "beat":
    case "release":
      return { kind, ...common, claim: id(get("claim")) };
    case "result":
      return {
        kind,
        ...common,
        claim: id(get("claim")),
        outcome: outcome(get("outcome")),
      };
    case "have":
      return {
        kind,
        ...common,
        meeting: id(get("meeting")),
        party: name(get("party")),
      };
    case "state":
      return { kind, ...common, ...status(get) };
    case "leave":
      return { kind, ...common };
    default:
      throw new NoMessage();
  }
}

function status(
  get: (key: string) => unknown,
): Omit<OnceStatus, "kind" | keyof OnceCommon> {
  const [claim, ended] = [get("claim"), get("outcome")];
  return {
    meeting: id(get("meeting")),
    after: id(get("after")),
    owed: list(get("owed"), name),
    ...(claim === undefined ? {} : { claim: claimed(claim) }),
    ...(ended === undefined ? {} : { outcome: outcome(ended) }),
  };
}

function claimed(value: unknown): [string, string, string] {
  if (!Array.isArray(value) || value.length !== 3) throw new NoMessage();
  return [id(value[0]), id(value[1]), name(value[2])];
}

function outcome(value: unknown): OnceOutcome {
  if (!isRecord(value)) throw new NoMessage();
  const [json, error, message] = ["json", "error", "message"].map((key) =>
    ownValue(value, key)
  );
  if (error !== undefined) {
    return { error: name(error), message: text(message, MAX_MESSAGE) };
  }
  if (json === undefined) return {};
  JSON.parse(text(json, MAX_MESSAGE)); // a SyntaxError where it is none
  return { json: json as string };
}

function text(value: unknown, longest: number): string {
  if (typeof value === "string" && value.length <= longest) return value;
  throw new NoMessage();
}

function id(value: unknown): string {
  return text(value, MAX_ID);
}

function name(value: unknown): string {
  return text(value, MAX_NAME);
}

function member(value: unknown): OnceMember {
  if (!Array.isArray(value) || value.length !== 2) throw new NoMessage();
  return [id(value[0]), name(value[1])];
}

function list<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (Array.isArray(value) && value.length <= MAX_LIST) return value.map(read);
  throw new NoMessage();
}
