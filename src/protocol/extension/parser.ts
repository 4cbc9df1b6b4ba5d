/**
 * Reads the extension: what peers of this module add to the wire of 1.0.1.
 *
 * @module
 */

import { parseJson } from "../json/json.ts";
import { isRecord, ownValue } from "../payload.ts";
import {
  EXTENSION_KEY,
  EXTENSION_VERSION,
  type Hello,
  isIncarnation,
  type Ping,
  type ResponseExtension,
  type Ticket,
} from "./extension.ts";
import { readRecorderNotice, type RecorderNotice } from "./report.ts";
import { readStopRequest, type StopRequest } from "./stop.ts";

/** A message of an inbox or of the control channel that is not a signal; it has one of these. */
export interface SideMessage {
  /** The peer that asks whether the receiver is alive. */
  readonly ping?: Ping | undefined;
  /** The publisher that says that it is alive. */
  readonly pong?: string | undefined;
  /** The responder that says that it has connected. */
  readonly hello?: Hello | undefined;
  /** The recorder that says that it is there, or leaves. */
  readonly recorder?: RecorderNotice | undefined;
  /** The responder that asks the receiver to stop. */
  readonly stop?: StopRequest | undefined;
  /** The key of the request to stop that has arrived. */
  readonly heard?: string | undefined;
}

/** What this version reads of an extension of another version. */
const UNREADABLE: ResponseExtension = Object.freeze({ isUnreadable: true });

/** Whether a value is the extension, of any version. */
export function isExtension(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Number.isSafeInteger(value.v);
}

/** The ticket in a signal's extension; `undefined` if there is none that this version can read. */
export function readTicket(
  { v, id, seq, alive }: Record<string, unknown>,
): Ticket | undefined {
  if (v !== EXTENSION_VERSION) return undefined;
  if (!isTicketId(id) || !Number.isSafeInteger(seq)) return undefined;
  return { id, seq: seq as number, alive: alive === true };
}

/** The extension of a response that only names an incarnation and a signal. */
export function namedExtension(inc: string, id: string): ResponseExtension {
  return { inc, id, alive: false, back: false, leave: false };
}

/**
 * Reads the extension of a response.
 *
 * @returns `undefined` if a peer of 1.0.1 sent the response; of an extension of
 * another version, only that it is unreadable.
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
 * @returns `undefined` for any other message, such as a signal.
 * @throws {Error} If the message is not JSON, or a request to stop that can't be used.
 */
export function readSideMessage(text: string): SideMessage | undefined {
  if (!text.startsWith(`{"${EXTENSION_KEY}":`)) return undefined;
  const extension = (parseJson(text) as Record<string, unknown>)[EXTENSION_KEY];
  if (!isExtension(extension) || extension.v !== EXTENSION_VERSION) {
    return undefined;
  }
  const { ping, pong, hello, recorder, stop, heard } = extension;
  if (isRecord(ping)) return { ping: readPing(ping) };
  if (typeof pong === "string") return { pong };
  if (stop !== undefined) return { stop: readStopRequest(stop) };
  if (typeof heard === "string") return { heard };
  if (isRecord(recorder)) return { recorder: readRecorderNotice(recorder) };
  return isRecord(hello) ? { hello: readHello(hello) } : undefined;
}

function readPing({ id, inc }: Record<string, unknown>): Ping | undefined {
  if (typeof id !== "string") return undefined;
  return { id, inc: isIncarnation(inc) ? inc : undefined };
}

/** Whether a value is the id of a ticket: a safe integer in base 36. */
function isTicketId(id: unknown): id is string {
  return typeof id === "string" && /^[1-9a-z][0-9a-z]{0,9}$/.test(id);
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
