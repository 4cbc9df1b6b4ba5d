/**
 * Reads what peers of this module tell each other beside the wire of 1.0.1.
 *
 * @module
 */

import { parseJson } from "../json/json.ts";
import { isRecord, ownValue } from "../payload.ts";
import {
  EXTENSION_KEY,
  EXTENSION_VERSION,
  type Hello,
  type Ping,
  type ResponseExtension,
  type Ticket,
} from "./extension.ts";
import { readRecorderNotice, type RecorderNotice } from "./report.ts";

/** A message on an inbox or on the control channel that is no signal. */
export interface SideMessage {
  /** The peer that asks whether the receiver is there. */
  readonly ping?: Ping | undefined;
  /** The publisher that says that it is there. */
  readonly pong?: string | undefined;
  /** The responder that says that it has connected. */
  readonly hello?: Hello | undefined;
  /** The recorder that says that it is there, or leaves. */
  readonly recorder?: RecorderNotice | undefined;
}

/** What an extension of another version says to this one: that it is there. */
const UNREADABLE: ResponseExtension = Object.freeze({ isUnreadable: true });

/** Whether a value is the extension, of whatever version. */
export function isExtension(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Number.isSafeInteger(value.v);
}

/** The ticket in a signal's extension; `undefined` where this version can't read one. */
export function readTicket(
  { v, id, seq, alive }: Record<string, unknown>,
): Ticket | undefined {
  if (v !== EXTENSION_VERSION) return undefined;
  if (!isTicketId(id) || !Number.isSafeInteger(seq)) return undefined;
  return { id, seq: seq as number, alive: alive === true };
}

/** What a response says that names an incarnation and a signal, and nothing else. */
export function namedExtension(inc: string, id: string): ResponseExtension {
  return { inc, id, alive: false, back: false, leave: false };
}

/**
 * Reads what a response says beside its own keys.
 *
 * @returns `undefined` where a peer of 1.0.1 sent it; an extension that says
 * no more than that where its version is another one.
 */
export function readResponseExtension(
  record: Record<string, unknown>,
): ResponseExtension | undefined {
  const extension = ownValue(record, EXTENSION_KEY);
  if (!isExtension(extension)) return undefined;
  const { v, inc, id, alive, back, leave } = extension;
  if (v !== EXTENSION_VERSION) return UNREADABLE;
  return {
    inc: isIncarnation(inc) ? inc : undefined,
    id: typeof id === "string" || id === null ? id : undefined,
    alive: alive === true,
    back: back === true,
    leave: leave === true,
  };
}

/**
 * Reads a message of an inbox or of the control channel.
 *
 * @returns `undefined` where it is something else, such as a signal.
 * @throws {Error} If it is not JSON.
 */
export function readSideMessage(text: string): SideMessage | undefined {
  if (!text.startsWith(`{"${EXTENSION_KEY}":`)) return undefined;
  const extension = (parseJson(text) as Record<string, unknown>)[EXTENSION_KEY];
  if (!isExtension(extension) || extension.v !== EXTENSION_VERSION) {
    return undefined;
  }
  const { ping, pong, hello, recorder } = extension;
  if (isRecord(ping)) return { ping: readPing(ping) };
  if (typeof pong === "string") return { pong };
  if (isRecord(recorder)) return { recorder: readRecorderNotice(recorder) };
  return isRecord(hello) ? { hello: readHello(hello) } : undefined;
}

function readPing({ id, inc }: Record<string, unknown>): Ping | undefined {
  if (typeof id !== "string") return undefined;
  return { id, inc: isIncarnation(inc) ? inc : undefined };
}

/** The id of a ticket is a safe integer in base 36. */
function isTicketId(id: unknown): id is string {
  return typeof id === "string" && /^[1-9a-z][0-9a-z]{0,9}$/.test(id);
}

/** An incarnation is a short word: keys are made of it. */
function isIncarnation(inc: unknown): inc is string {
  return typeof inc === "string" && /^\w{1,64}$/.test(inc);
}

function readHello(
  { id, inc, lockedId, lockedTag }: Record<string, unknown>,
): Hello | undefined {
  if (typeof id !== "string" || !isIncarnation(inc)) return undefined;
  return {
    id,
    inc,
    lockedId: typeof lockedId === "string" ? lockedId : undefined,
    lockedTag: typeof lockedTag === "string" ? lockedTag : undefined,
  };
}
