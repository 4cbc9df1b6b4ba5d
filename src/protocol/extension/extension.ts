/**
 * What our own peers tell each other beside the wire of 1.0.1: under one
 * reserved key, where the reference looks at nothing. In a signal it stands in
 * the metadata, in a response beside the other keys. What this file writes,
 * `extension_parser.ts` reads.
 *
 * @module
 */

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

/** The id that the exporters of this module give to a ticket. */
export function ticketId(seq: number): string {
  return seq.toString(36);
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

const TICKET = `"${EXTENSION_KEY}":{"v":1,"id":`;

/**
 * Adds a ticket to the metadata of a signal.
 *
 * @param fields The user's metadata but for their braces; nothing where there are none.
 * @returns All of them, but for their braces.
 */
export function addTicket(
  fields: string | undefined,
  { id, seq, alive }: Ticket,
): string {
  // Where the user gave no metadata, the other end shows none.
  const end = fields === undefined
    ? alive ? ',"alive":true,"bare":true}' : ',"bare":true}'
    : alive
    ? ',"alive":true}'
    : "}";
  const ticket = `${TICKET}${JSON.stringify(id)},"seq":${digitsOf(seq)}${end}`;
  return fields ? `${fields},${ticket}` : ticket;
}

/**
 * A count in digits, by thousands: V8 keeps the text of each number that it has
 * written, and of a count each is another, to be copied with each collection.
 */
function digitsOf(count: number): string {
  if (count < 1_000) return String(count);
  const rest = String(count % 1_000).padStart(3, "0");
  return String(Math.floor(count / 1_000)) + rest;
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
