/**
 * How the messages of barriers and of `once` are written and read, and what all
 * of them say.
 *
 * @module
 */
import { parseJson } from "../../protocol/json/json.ts";
import { isRecord, ownValue } from "../../protocol/payload.ts";
import { MAX_NAME, MAX_PARTIES } from "./terms.ts";

const VERSION = 1;
const MAX_ID = 100;
const MAX_MESSAGE = 2_500_000;
/** Twice as many as there are parties: calls that died may still be on the list. */
const MAX_LIST = 2 * MAX_PARTIES;
/** A message, its list, and the items of that. */
const MAX_DEPTH = 3;

/** What every message says. */
export interface CallMessage {
  readonly kind: string;
  /** Generation and parties: only calls that agree in them hear each other. */
  readonly round: string;
  /** Names the message. */
  readonly mid: string;
  /** The call that says it, by its id, which no other call ever has. */
  readonly id: string;
}

/** One call: its id, and its party's name. */
export type Member = readonly [id: string, party: string];

type Fields = Record<string, unknown>;

/** Reads a key, beside the others of its message; throws if the value is none that the schema has. */
type Reader<T> = (value: unknown, fields: Fields) => T;

/** How each key of each kind of message is read. */
export type Schema<Message extends CallMessage> = {
  readonly [Kind in Message["kind"]]: Readers<OfKind<Message, Kind>>;
};

type OfKind<Message, Kind> = Message extends { readonly kind: infer Kinds }
  ? Kind extends Kinds ? Message : never
  : never;

type Readers<Message> = {
  readonly [Key in Exclude<keyof Message, keyof CallMessage>]: Reader<
    Message[Key]
  >;
};

/** Writes a message. */
export function encodeMessage(message: CallMessage): string {
  return JSON.stringify({ v: VERSION, ...message });
}

/**
 * Makes what reads a message, copying what the schema has and nothing else.
 *
 * @returns Reads a message; returns undefined if the text is none.
 */
export function messageParser<Message extends CallMessage>(
  schema: Schema<Message>,
): (text: string) => Message | undefined {
  const kinds = new Map<unknown, [string, Reader<unknown>][]>();
  for (const [kind, readers] of Object.entries<object>(schema)) {
    kinds.set(kind, Object.entries({ ...COMMON, ...readers }));
  }
  return (text) => {
    if (text.length > MAX_MESSAGE) return undefined;
    try {
      const fields = parseJson(text, { maxDepth: MAX_DEPTH });
      if (!isRecord(fields) || ownValue(fields, "v") !== VERSION) {
        return undefined;
      }
      const kind = ownValue(fields, "kind");
      const readers = kinds.get(kind);
      if (readers === undefined) return undefined;
      const message: Fields = { kind };
      for (const [key, read] of readers) {
        const value = read(ownValue(fields, key), fields);
        if (value !== undefined) message[key] = value;
      }
      return message as unknown as Message;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof Malformed) {
        return undefined;
      }
      throw error;
    }
  };
}

class Malformed extends Error {}

/** Refuses a message. */
export function refuse(): never {
  throw new Malformed();
}

/** Reads a text of so many characters at most. */
export function text(value: unknown, longest: number): string {
  return typeof value === "string" && value.length <= longest
    ? value
    : refuse();
}

/** Reads the id of a call or of a message. */
export function id(value: unknown): string {
  return text(value, MAX_ID);
}

/** Reads the name of a party. */
export function name(value: unknown): string {
  return text(value, MAX_NAME);
}

/** Reads a call. */
export function member(value: unknown): Member {
  return Array.isArray(value) && value.length === 2
    ? [id(value[0]), name(value[1])]
    : refuse();
}

/** Reads a list of such items. */
export function list<T>(
  item: (value: unknown) => T,
): (value: unknown) => T[] {
  return (value) =>
    Array.isArray(value) && value.length <= MAX_LIST
      ? value.map((each) => item(each))
      : refuse();
}

/** Reads a key that may be left out. */
export function optional<T>(
  read: (value: unknown) => T,
): (value: unknown) => T | undefined {
  return (value) => value === undefined ? undefined : read(value);
}

/** What every message says, but for its kind. */
const COMMON = { round: id, mid: id, id } as const;
