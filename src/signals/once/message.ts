/**
 * What the parties of `once()` say to each other on its channel.
 *
 * @module
 */
import {
  type CallMessage,
  id,
  list,
  type Member,
  member,
  messageParser,
  name,
  optional,
  refuse,
} from "../meeting/message.ts";
import { type OnceOutcome, readOutcome } from "./outcome.ts";

/** "I am here, and have agreed to no meeting", or to one of which I do not know what became. */
export interface OnceJoin extends CallMessage {
  readonly kind: "join";
  readonly party: string;
  readonly doubt?: string;
}

/** "All are here": a meeting of these is proposed, if nothing came after the message `after`. */
export interface OnceStart extends CallMessage {
  readonly kind: "start";
  readonly after: string;
  readonly members: readonly Member[];
}

/** "I agree to the meeting." */
export interface OnceReady extends CallMessage {
  readonly kind: "ready";
  readonly meeting: string;
}

/** "These meetings never came about." */
export interface OnceDead extends CallMessage {
  readonly kind: "dead";
  readonly meetings: readonly string[];
}

/** "I run the function", if nothing came after the message `after`. */
export interface OnceClaim extends CallMessage {
  readonly kind: "claim";
  readonly meeting: string;
  readonly after: string;
  readonly party: string;
}

/** "The function of this claim still runs." */
export interface OnceBeat extends CallMessage {
  readonly kind: "beat";
  readonly claim: string;
}

/** "The function of this claim has ended without an outcome." */
export interface OnceRelease extends CallMessage {
  readonly kind: "release";
  readonly claim: string;
}

/** "The function of this claim has ended so." */
export interface OnceEnd extends CallMessage {
  readonly kind: "result";
  readonly claim: string;
  readonly outcome: OnceOutcome;
}

/** "I have the result." */
export interface OnceHave extends CallMessage {
  readonly kind: "have";
  readonly meeting: string;
  readonly party: string;
}

/** How a meeting stands: true if nothing came after the message `after`. */
export interface OnceStatus extends CallMessage {
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
export interface OnceLeave extends CallMessage {
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
export type OnceBody = Without<OnceMessage, "round" | "mid" | "id">;

type Without<Message, Key extends PropertyKey> = Message extends unknown
  ? Omit<Message, Key>
  : never;

/** Reads a message; undefined if the text is none. */
export const parseOnceMessage: (text: string) => OnceMessage | undefined =
  messageParser<OnceMessage>({
    join: { party: name, doubt: optional(id) },
    start: { after: id, members: list(member) },
    ready: { meeting: id },
    dead: { meetings: list(id) },
    claim: { meeting: id, after: id, party: name },
    beat: { claim: id },
    release: { claim: id },
    result: { claim: id, outcome: readOutcome },
    have: { meeting: id, party: name },
    state: {
      meeting: id,
      after: id,
      owed: list(name),
      claim: optional(claimed),
      outcome: optional(readOutcome),
    },
    leave: {},
  });

function claimed(value: unknown): readonly [string, string, string] {
  return Array.isArray(value) && value.length === 3
    ? [id(value[0]), id(value[1]), name(value[2])]
    : refuse();
}
