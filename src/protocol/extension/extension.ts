/**
 * Writes the extension: what peers of this module add to the wire of 1.0.1,
 * under one reserved key that the Python package ignores. In a signal the key
 * stands in the metadata, in a response beside the other keys. `parser.ts` reads
 * the extension.
 *
 * @module
 */

/** The reserved key. */
export const EXTENSION_KEY = "_ss";

/** The version of the extension that this module writes, and the only version whose contents it reads. */
export const EXTENSION_VERSION = 2;

/** Names one signal, so that a response can name the signal that it is for. */
export interface Ticket {
  /** The number of the signal among all signals of the publisher that have a ticket, in base 36; never used twice. */
  readonly id: string;
  /** Counts the publisher's signals. If a responder does not hear a number, it has missed a signal. */
  readonly seq: number;
  /** Whether the publisher holds an inbox: without a subscriber on it, the publisher is lost. */
  readonly alive?: boolean | undefined;
}

/**
 * What a responder of this module adds to a response.
 *
 * @category Wire
 */
export interface ResponseExtension {
  /** The incarnation: differs between the processes of one responder id. */
  readonly inc?: string | undefined;
  /** The ticket of the answered signal; `null`: that signal had none; absent: not known. */
  readonly id?: string | null | undefined;
  /** Whether the responder holds an inbox: without a subscriber on it, the responder is lost. */
  readonly alive?: boolean | undefined;
  /** The responder's link was lost and is back: the responder has missed the signals between. */
  readonly back?: boolean | undefined;
  /** The responder leaves, and will send no other response. */
  readonly leave?: boolean | undefined;
  /** The extension has another version: it only proves that the sender is no Python peer. */
  readonly isUnreadable?: true;
}

/** A responder that has connected, and hears signals from now on. */
export interface Hello {
  /** The responder's id. */
  readonly id: string;
  /** The responder's incarnation. */
  readonly inc: string;
  /** The publisher whose signals the responder takes, if it is locked to one. */
  readonly lockedId?: string | undefined;
  /** The tag whose signals the responder takes, if it is locked to one. */
  readonly lockedTag?: string | undefined;
}

const BEGIN = `"${EXTENSION_KEY}":{"v":${EXTENSION_VERSION}`;

/** Makes a name for a process, which tells it from other processes of the same responder id. */
export function newIncarnation(): string {
  return crypto.randomUUID().slice(-12);
}

/** Whether a value is an incarnation: a short word, because it becomes a part of keys. */
export function isIncarnation(inc: unknown): inc is string {
  return typeof inc === "string" && /^\w{1,64}$/.test(inc);
}

/** The sender of a ping, which asks a peer whether it is alive. */
export interface Ping {
  /** The id of the publisher or responder that asks. */
  readonly id: string;
  /** The incarnation of the responder that asks; a publisher has none. */
  readonly inc?: string | undefined;
}

/** Writes a message of an inbox or of the control channel: the extension alone, with this key. */
export function encodeSideMessage(key: string, value: unknown): string {
  return `{${BEGIN},"${key}":${JSON.stringify(value)}}}`;
}

/** Writes a ping, for the inbox of a peer: asks it to say that it is alive. */
export function encodePing({ id, inc }: Ping): string {
  return encodeSideMessage("ping", { id, inc });
}

/** Writes a pong, for the inbox of a responder: says that a publisher is alive. */
export function encodePong(publisherId: string): string {
  return encodeSideMessage("pong", publisherId);
}

/** Writes a hello, for the control channel: says that a responder hears signals from now on. */
export function encodeHello(hello: Hello): string {
  return encodeSideMessage("hello", hello);
}

/**
 * Adds a ticket to the metadata of a signal.
 *
 * @param fields The user's metadata without their braces; `undefined` if there are none.
 * @returns All metadata without their braces.
 */
export function addTicket(
  fields: string | undefined,
  { id, seq, alive }: Ticket,
): string {
  // "bare" says that the user gave no metadata, so that the receiver shows none.
  const end = (alive ? ',"alive":true' : "") +
    (fields === undefined ? ',"bare":true}' : "}");
  const ticket = `${BEGIN},"id":"${id}","seq":${seq}${end}`;
  return fields ? `${fields},${ticket}` : ticket;
}

/** Writes the extension of a response. */
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
