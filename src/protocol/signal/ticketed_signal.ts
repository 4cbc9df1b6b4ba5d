/**
 * A signal and the ticket that an exporter of this module puts into its metadata.
 *
 * @module
 */

import { EXTENSION_KEY, type Ticket } from "../extension/extension.ts";
import { isRecord, ownValue } from "../payload.ts";
import type { Signal } from "./signal.ts";

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
