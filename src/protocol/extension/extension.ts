/**
 * What peers of this module tell each other beside the wire of 1.0.1: under one
 * reserved key, at which the Python package does not look. In a signal the key
 * stands in the metadata, in a response beside the other keys. What this file
 * writes, `parser.ts` reads.
 *
 * @module
 */

/** The reserved key. */
export const EXTENSION_KEY = "_ss";

/** The version of the extension that this module writes, and the only one whose contents it reads. */
export const EXTENSION_VERSION = 2;

/** Names one signal, so that a response can say which signal it is for. */
export interface Ticket {
  /** The number of the signal among all that the publisher gave a ticket to, in base 36; never used twice. */
  readonly id: string;
  /** Counts the publisher's signals: a number that a responder never hears is a missed signal. */
  readonly seq: number;
  /** Whether the publisher holds an inbox: without a subscriber on it, the publisher is lost. */
  readonly alive?: boolean | undefined;
}

/** What a responder of this module says beside the keys of a response. */
export interface ResponseExtension {
  /** The incarnation: differs from one process to the next of the same responder id. */
  readonly inc?: string | undefined;
  /** The ticket of the signal that is answered; `null`: that signal had none; absent: not known. */
  readonly id?: string | null | undefined;
  /** Whether the responder holds an inbox: without a subscriber on it, the responder is lost. */
  readonly alive?: boolean | undefined;
  /** The responder's link was lost and is back: it has not heard what was sent meanwhile. */
  readonly back?: boolean | undefined;
  /** The responder leaves, and owes no response any more. */
  readonly leave?: boolean | undefined;
  /** Its version is another one: it says that its sender is no Python peer, and nothing else. */
  readonly isUnreadable?: true;
}

/** A responder that has connected and hears signals from now on. */
export interface Hello {
  /** The responder's id. */
  readonly id: string;
  /** Its incarnation. */
  readonly inc: string;
  /** The one publisher whose signals it takes, if it is locked to one. */
  readonly lockedId?: string | undefined;
  /** The one tag whose signals it takes, if it is locked to one. */
  readonly lockedTag?: string | undefined;
}

const BEGIN = `"${EXTENSION_KEY}":{"v":${EXTENSION_VERSION}`;

/** Names a process among those that have the same responder id. */
export function newIncarnation(): string {
  return crypto.randomUUID().slice(-12);
}

/** Who asks a peer whether it is there. */
export interface Ping {
  /** The id of the publisher or responder that asks. */
  readonly id: string;
  /** The incarnation of the responder that asks; a publisher has none. */
  readonly inc?: string | undefined;
}

/** Asks a peer, on its inbox, to say that it is there. */
export function encodePing({ id, inc }: Ping): string {
  return `{${BEGIN},"ping":${JSON.stringify({ id, inc })}}}`;
}

/** Says to a responder, on its inbox, that a publisher is there. */
export function encodePong(publisherId: string): string {
  return `{${BEGIN},"pong":${JSON.stringify(publisherId)}}}`;
}

/** Says to exporters, on the control channel, that a responder hears signals from now on. */
export function encodeHello(hello: Hello): string {
  return `{${BEGIN},"hello":${JSON.stringify(hello)}}}`;
}

/**
 * Adds a ticket to the metadata of a signal.
 *
 * @param fields The user's metadata without their braces; `undefined` where there are none.
 * @returns All fields, without their braces.
 */
export function addTicket(
  fields: string | undefined,
  { id, seq, alive }: Ticket,
): string {
  // "bare" says that the user gave no metadata: the other end shows none.
  const end = (alive ? ',"alive":true' : "") +
    (fields === undefined ? ',"bare":true}' : "}");
  const ticket = `${BEGIN},"id":"${id}","seq":${digitsOf(seq)}${end}`;
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
export function encodeResponseExtension(extension: ResponseExtension): string {
  const { inc, id, alive, back, leave } = extension;
  let text = BEGIN;
  if (inc !== undefined) text += `,"inc":${JSON.stringify(inc)}`;
  if (id !== undefined) text += `,"id":${JSON.stringify(id)}`;
  if (alive !== undefined) text += `,"alive":${alive}`;
  if (back !== undefined) text += `,"back":${back}`;
  if (leave !== undefined) text += `,"leave":${leave}`;
  return `${text}}`;
}
