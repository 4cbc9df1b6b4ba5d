/**
 * The parts of an exporter that are there from the start, and how they fit
 * together.
 *
 * @module
 */
import type { OpenTransport } from "../../transport/open_transport.ts";
import { Correlation } from "./correlation.ts";
import { InFlight } from "./in_flight.ts";
import type { ExporterSettings } from "./options.ts";
import { Roster } from "./roster.ts";
import { type Identity, Sender } from "./sender.ts";
import type { ExporterSession } from "./session.ts";
import { SignalLog } from "./signal_log.ts";

/** The parts of an exporter that are there from the start. */
export interface ExporterParts {
  readonly roster: Roster;
  readonly log: SignalLog;
  readonly correlation: Correlation;
  readonly sender: Sender;
  readonly inFlight: InFlight;
}

/**
 * Makes the parts.
 *
 * @param session The part that `initialize` adds, once it is there.
 */
export function makeParts(
  identity: Identity,
  { logger, correlates }: ExporterSettings,
  transport: OpenTransport,
  session: () => ExporterSession | undefined,
): ExporterParts {
  const roster = new Roster(correlates);
  const log: SignalLog = new SignalLog({
    isSubscriber: (key) => roster.hasOrderKey(key),
    oldestInFlight: () => inFlight.oldestEntry,
  });
  const correlation = new Correlation(log, correlates);
  const sender = new Sender(identity, transport, log);
  const inFlight: InFlight = new InFlight({
    logger,
    sender,
    roster,
    log,
    correlation,
    begun: () => session()?.monitor.begin(),
    ended: () => session()?.monitor.end(),
    lost: () => session()?.inboxes.redeliverSoon(),
  });
  return { roster, log, correlation, sender, inFlight };
}
