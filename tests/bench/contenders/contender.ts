/**
 * What a contender has to be able to do. Each does it in the fastest way that
 * the documentation of what it uses shows.
 *
 * @module
 */

/** Something that signals and their acknowledgements can be sent with. */
export interface Contender {
  /** Connects an exporter of these events. */
  exporter(port: number, setup: ExporterSetup): Promise<Exporter>;
  /** Connects a responder that answers every signal from then on. */
  responder(port: number): Promise<void>;
  /**
   * Connects a responder that tells the reason of each stop that it hears; left
   * out where a contender knows none.
   */
  stoppable?(port: number, heard: (reason: string) => void): Promise<AskToStop>;
  /** Connects something that publishes. */
  publisher(port: number): Promise<Publisher>;
  /** Subscribes to signals; calls back for each with {@linkcode STATE} that has been checked. */
  receive(port: number, onSignal: () => void): Promise<void>;
}

/** Asks an exporter, which obeys, to stop. */
export type AskToStop = (publisherId: string, reason: string) => Promise<void>;

/** What an exporter starts with. */
export interface ExporterSetup {
  readonly events: readonly string[];
  /** Responder ids that owe answers from the start. */
  readonly expected?: readonly string[];
  /** Prefix of the channels; this module alone knows one. */
  readonly namespace?: string;
}

/** The publishing side of an exchange. */
export interface Exporter {
  readonly publisherId: string;
  /** Publishes `initialization` and waits until so many responders have answered it. */
  gather(count: number): Promise<void>;
  /** Publishes a signal; resolves with how many acknowledged it, when that is all. */
  exchange(event: string, metadata?: Metadata): Promise<number>;
}

/** Publishes a payload again and again on the signal channel. */
export type Publisher = (
  payload: string,
  /** So many times in all. */
  total: number,
  /** So many at a time. */
  depth: number,
) => Promise<void>;

/** What a signal carries beside its fields. */
export type Metadata = Record<string, unknown>;

/** The event that is measured. */
export const STATE = "state";

export const SIGNALS = "event-signal-pubsub";
export const RESPONSES = "event-signal-response";
export const INITIALIZATION = "initialization";

/** Keeps `depth` calls under way until there were `total`. */
export async function inFlight(
  depth: number,
  total: number,
  call: () => Promise<unknown>,
): Promise<void> {
  let left = total;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: depth }, lane));
}
