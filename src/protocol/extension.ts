/**
 * What our own peers tell each other beside the wire of 1.0.1: under one
 * reserved key, where the reference looks at nothing. In a signal it stands in
 * the metadata, in a response beside the other keys.
 *
 * @module
 */
import { parseJson } from "./json.ts";
import { isRecord, ownValue } from "./payload.ts";
import type { Signal } from "./signal.ts";

/** The reserved key. */
export const EXTENSION_KEY = "_ss";

/** Names one signal, so that an answer can say which one it is for. */
export interface Ticket {
  /** Differs from one signal of a publisher to the next. */
  readonly id: string;
  /** Counts the publisher's signals: who misses a number has missed a signal. */
  readonly seq: number;
  /** The publisher holds a channel of its own: without it, it is lost. */
  readonly alive?: boolean | undefined;
}

/** What one of our responders says in a response. */
export interface AnswerExtension {
  /** The ticket of the signal that is answered. */
  readonly id?: string | undefined;
  /** It holds a subscription on its own channel: without it, it is lost. */
  readonly alive?: boolean | undefined;
  /** Its link was lost and is back: what was sent meanwhile has not reached it. */
  readonly back?: boolean | undefined;
  /** It leaves, and owes nothing any more. */
  readonly leave?: boolean | undefined;
}

/** Asks a peer, on its own channel, to say that it is there. */
export function encodePing(publisherId: string): string {
  return JSON.stringify({ [EXTENSION_KEY]: { v: 1, ping: publisherId } });
}

/** Who asks; nothing where the message is no ping. */
export function readPing(text: string): string | undefined {
  if (!text.startsWith(`{"${EXTENSION_KEY}":`)) return undefined;
  const extension = (parseJson(text) as Record<string, unknown>)[EXTENSION_KEY];
  if (!isRecord(extension) || typeof extension.ping !== "string") {
    return undefined;
  }
  return extension.ping;
}

/** Adds a ticket to a signal that was encoded already. */
export function addTicket(
  payload: string,
  { id, seq, alive }: Ticket,
  metadata: Record<string, unknown> | undefined,
): string {
  const ticket = `"${EXTENSION_KEY}":{"v":1,"id":${
    JSON.stringify(id)
  },"seq":${seq}${alive ? ',"alive":true' : ""}`;
  // Where the user gave no metadata, the other end shows none.
  if (metadata === undefined) {
    return `${payload.slice(0, -1)},"metadata":{${ticket},"bare":true}}}`;
  }
  const open = payload.slice(0, -2);
  return `${open}${open.endsWith("{") ? "" : ","}${ticket}}}}`;
}

/**
 * Takes the ticket out of a signal.
 *
 * @returns The signal as its sender meant it, and the ticket if there is one.
 */
export function takeTicket(
  signal: Signal,
): { signal: Signal; ticket?: Ticket } {
  if (signal.metadata === undefined) return { signal };
  const extension = ownValue(signal.metadata, EXTENSION_KEY);
  if (!isRecord(extension)) return { signal };
  const { v, id, seq, alive } = extension;
  if (v !== 1 || typeof id !== "string" || !Number.isSafeInteger(seq)) {
    return { signal };
  }
  const ticket = { id, seq: seq as number, alive: alive === true };
  const { metadata, publisherId, processName, event } = signal;
  const { runnerHost, sampleNo, tag } = signal;
  const bare = { publisherId, processName, event, runnerHost, sampleNo, tag };
  if (extension.bare === true) return { signal: bare, ticket };
  const { [EXTENSION_KEY]: _, ...rest } = metadata;
  return { signal: { ...bare, metadata: rest }, ticket };
}

/** Writes what a response says beside its own keys. */
export function encodeAnswerExtension(extension: AnswerExtension): string {
  const { id, alive, back, leave } = extension;
  let text = `"${EXTENSION_KEY}":{"v":1`;
  if (id !== undefined) text += `,"id":${JSON.stringify(id)}`;
  if (alive !== undefined) text += `,"alive":${alive}`;
  if (back !== undefined) text += `,"back":${back}`;
  if (leave !== undefined) text += `,"leave":${leave}`;
  return `${text}}`;
}

/** What a response says that names the signal that it answers, and nothing else. */
export function answerTo(id: string): AnswerExtension {
  return { id, alive: false, back: false, leave: false };
}

/** Reads what a response says beside its own keys; nothing where a peer of 1.0.1 sent it. */
export function readAnswerExtension(
  record: Record<string, unknown>,
): AnswerExtension | undefined {
  const extension = ownValue(record, EXTENSION_KEY);
  if (!isRecord(extension) || extension.v !== 1) return undefined;
  const { id, alive, back, leave } = extension;
  return {
    id: typeof id === "string" ? id : undefined,
    alive: alive === true,
    back: back === true,
    leave: leave === true,
  };
}
