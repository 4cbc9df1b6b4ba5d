/**
 * Reading what our own peers tell each other beside the wire of 1.0.1.
 *
 * @module
 */

import {
  type AnswerExtension,
  EXTENSION_KEY,
  type Ticket,
} from "./extension.ts";
import { parseJson } from "../json/json.ts";
import { isRecord, ownValue } from "../payload.ts";
import type { Signal } from "../signal/signal.ts";

/** Who asks; nothing where the message is no ping. */
export function readPing(text: string): string | undefined {
  if (!text.startsWith(`{"${EXTENSION_KEY}":`)) return undefined;
  const extension = (parseJson(text) as Record<string, unknown>)[EXTENSION_KEY];
  if (!isRecord(extension) || typeof extension.ping !== "string") {
    return undefined;
  }
  return extension.ping;
}

/** A signal as its sender meant it, and its ticket if there is one. */
export interface TicketedSignal {
  readonly signal: Signal;
  readonly ticket?: Ticket;
}

/** Takes the ticket out of a signal. */
export function takeTicket(signal: Signal): TicketedSignal {
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
