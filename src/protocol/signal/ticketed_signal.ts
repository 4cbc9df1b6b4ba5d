/**
 * Takes the ticket, which an exporter of this module adds, out of the metadata of
 * a signal.
 *
 * @module
 */

import { EXTENSION_KEY, type Ticket } from "../extension/extension.ts";
import { isExtension, readTicket } from "../extension/parser.ts";
import { ownValue } from "../payload.ts";
import type { Signal } from "./signal.ts";

/** A signal as the user has published it, and its ticket if there is one. */
export interface TicketedSignal {
  readonly signal: Signal;
  readonly ticket?: Ticket;
}

/**
 * Takes the ticket out of a signal's metadata.
 *
 * @param signal A signal as {@linkcode parseSignal} reads it.
 * @returns The signal without the reserved key. Its `ticket` is the id of the
 * ticket, `null` if the signal has none, and absent if this module can't read the
 * version of the extension.
 */
export function takeTicket(signal: Signal): TicketedSignal {
  const { metadata, ...bare } = signal;
  const extension = metadata && ownValue(metadata, EXTENSION_KEY);
  if (!isExtension(extension)) return { signal: { ...signal, ticket: null } };
  const { [EXTENSION_KEY]: _, ...rest } = metadata!;
  const plain = extension.bare === true ? bare : { ...bare, metadata: rest };
  const ticket = readTicket(extension);
  return ticket === undefined
    ? { signal: plain }
    : { signal: { ...plain, ticket: ticket.id }, ticket };
}
