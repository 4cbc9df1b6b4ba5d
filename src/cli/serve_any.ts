/**
 * Serves one handler for whatever event comes.
 *
 * @module
 */
import type { Logger } from "../internal/logger.ts";
import { INITIALIZATION, SHUTDOWN, type Signal } from "../protocol/signal.ts";
import type { PublisherLostDetail } from "../signals/events.ts";
import type { SignalResponder } from "../signals/responder.ts";
import { Service } from "../signals/serve.ts";
import type { Handler } from "../signals/serve_options.ts";

/** How to serve. */
export interface ServeAnyOptions {
  /** The events to act on; all where there are none. */
  readonly events: ReadonlySet<string>;
  /** Ends serving after this event, where given. */
  readonly until?: string | undefined;
  readonly logger: Logger;
  /** Ends serving. */
  readonly signal: AbortSignal;
}

/** What all events are called while they are served; nothing else is called so. */
const ANY = "any event";

/**
 * Serves as `responder.serve` does, which knows a handler for each event by
 * its name only: events go by one name here, and get their own back.
 */
export async function serveAny(
  responder: SignalResponder,
  handler: Handler,
  { events, until, logger, signal }: ServeAnyOptions,
): Promise<void> {
  const originals = new WeakMap<Signal, Signal>();
  const own = (signal: Signal) => originals.get(signal) ?? signal;
  const isReserved = ({ event }: Signal) =>
    event === INITIALIZATION || event === SHUTDOWN || event === until;
  async function* listen(options: { signal: AbortSignal }) {
    for await (const each of responder.listen(options)) {
      if (isReserved(each)) {
        yield each;
      } else if (events.size === 0 || events.has(each.event)) {
        const renamed = { ...each, event: ANY };
        originals.set(renamed, each);
        yield renamed;
      }
    }
  }
  const handle: Handler = (signal, context) => handler(own(signal), context);
  const service = new Service(
    {
      listen,
      respond: (signal, answer) => responder.respond(own(signal), answer),
      logger,
    },
    {
      [ANY]: handle,
      ...(until === undefined || until === SHUTDOWN ? {} : { [until]: handle }),
    },
    until === undefined ? {} : { until },
  );
  const lost = ({ detail }: CustomEvent<PublisherLostDetail>) =>
    service.abandon(detail.publisherId);
  responder.addEventListener("publisher-lost", lost);
  try {
    await service.run(signal);
  } finally {
    responder.removeEventListener("publisher-lost", lost);
  }
}
