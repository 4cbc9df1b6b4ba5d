/**
 * The events that exporters and responders dispatch.
 *
 * @module
 */
import type { Signal } from "../protocol/signal/signal.ts";

/**
 * A message on the channel that is no signal, or no response.
 *
 * @category Events
 */
export interface MalformedDetail {
  /** The fault of the message. */
  readonly reason: string;
  /** The message; left out where it could not be read at all. */
  readonly payload?: string;
}

/**
 * The link to the server went down.
 *
 * @category Events
 */
export interface DisconnectDetail {
  /** Why. */
  readonly cause: Error;
  /** Whether the link is lost for good: no attempt to connect follows. */
  readonly final: boolean;
}

/**
 * The link to the server is back, its subscription confirmed.
 *
 * @category Events
 */
export interface ReconnectDetail {
  /** Milliseconds that it was down. */
  readonly downtime: number;
}

/**
 * Messages may have been lost.
 *
 * @category Events
 */
export interface GapDetail {
  /**
   * Milliseconds since something last arrived before: longer than the link was
   * known to be down, because a dead link is silent before that is noticed.
   */
  readonly downtime: number;
  /** How many signals of one publisher are known to have been missed, where it counts them. */
  readonly missed?: number;
  /** The publisher of the missed signals. */
  readonly publisherId?: string;
}

/**
 * A subscriber joined.
 *
 * @category Events
 */
export interface SubscribeDetail {
  /** The responder's id. */
  readonly responderId: string;
  /** The responder's name, as its id tells. */
  readonly name: string;
}

/**
 * A subscriber is on the roster no more.
 *
 * @category Events
 */
export interface UnsubscribeDetail {
  /** The responder's id. */
  readonly responderId: string;
  /**
   * `"left"`: it has closed; `"evicted"`: it missed too many publishes; `"lost"`:
   * it is gone without a word, and `onLost` is `"evict"`; `"removed"`: the
   * exporter's `remove` was called.
   */
  readonly reason: "left" | "evicted" | "lost" | "removed";
}

/**
 * Two processes that live have the same responder id.
 *
 * @category Events
 */
export interface IdConflictDetail {
  /** The id. */
  readonly responderId: string;
  /** Names the processes; the acknowledgements of the last one count. */
  readonly incarnations: readonly string[];
}

/**
 * A publisher that this responder has heard of is gone without a word.
 *
 * @category Events
 */
export interface PublisherLostDetail {
  /** Which. */
  readonly publisherId: string;
}

/**
 * A responder asks this exporter to stop. What to do is the program's choice:
 * nothing stops by itself.
 *
 * @category Events
 */
export interface StopRequestedDetail {
  /** The id of the responder that asks, as the request tells it. */
  readonly responderId: string;
  /** The responder's name, as its id tells. */
  readonly name: string;
  /** Why: 1 to 4,096 characters. */
  readonly reason: string;
}

/**
 * An answer to a publish.
 *
 * @category Events
 */
export interface AnswerDetail {
  /** The id of the responder that answered. */
  readonly responderId: string;
  /** The event that was answered. */
  readonly event: string;
  /** 1 is success, anything else is not. `NaN` where it was not a number. */
  readonly ras: number;
  /** The responder's message. */
  readonly message?: string | undefined;
}

/**
 * An answer that was owed came in.
 *
 * @category Events
 */
export interface AckDetail extends AnswerDetail {
  /** Milliseconds from the publish to this answer. */
  readonly latency: number;
}

/**
 * A subscriber is at work on a signal.
 *
 * @category Events
 */
export interface ProgressDetail {
  /** The responder's id. */
  readonly responderId: string;
  /** The event. */
  readonly event: string;
  /** The responder's message. */
  readonly message?: string | undefined;
}

/**
 * Why an answer was not counted. While the publish that it is for still waits:
 * `"duplicate"`, the same answer again; `"conflict"`, another answer than before,
 * of which the first counts; `"unknown"`, the publish does not wait for this
 * responder. Else: `"stale"`, it names a signal whose publish has ended, is of a
 * process that was replaced, or may be for another signal than the one in
 * flight; `"late"`, it names no signal, and no publish waits for it. A peer of
 * 1.0.1 names no signal: its answer is a `"duplicate"`, too, where no signal is
 * left that it can be for.
 *
 * @category Events
 */
export type StrayReason =
  | "duplicate"
  | "conflict"
  | "unknown"
  | "late"
  | "stale";

/**
 * An answer that was not counted.
 *
 * @category Events
 */
export interface StrayDetail extends AnswerDetail {
  /** Why. */
  readonly reason: StrayReason;
}

/**
 * Signals that no listener had taken were dropped from a full queue.
 *
 * @category Events
 */
export interface OverflowDetail {
  /** The signal that was dropped: the oldest one. */
  readonly signal: Signal;
  /** How many have been dropped so far. */
  readonly dropped: number;
}

/**
 * No handler takes the events of this name: their publishes get no answer.
 *
 * @category Events
 */
export interface UnhandledDetail {
  /** The first signal of that event. */
  readonly signal: Signal;
}

/**
 * The events of both.
 *
 * @category Events
 */
export interface LinkEvents {
  /** The link to the server went down. */
  disconnect: CustomEvent<DisconnectDetail>;
  /** The link is back, its subscription confirmed. */
  reconnect: CustomEvent<ReconnectDetail>;
  /** Messages may have been lost meanwhile. */
  gap: CustomEvent<GapDetail>;
  /** A message could not be understood; it was counted and passed over. */
  malformed: CustomEvent<MalformedDetail>;
}

/**
 * The events of a `SignalExporter`.
 *
 * @category Events
 */
export interface ExporterEvents extends LinkEvents {
  /** A subscriber joined. */
  subscribe: CustomEvent<SubscribeDetail>;
  /** A subscriber is on the roster no more. */
  unsubscribe: CustomEvent<UnsubscribeDetail>;
  /** Two processes that live have the same responder id: only one of them counts. */
  "id-conflict": CustomEvent<IdConflictDetail>;
  /** A subscriber is at work on a signal. */
  progress: CustomEvent<ProgressDetail>;
  /** An answer that was owed came in. */
  ack: CustomEvent<AckDetail>;
  /** An answer came in that was not counted. */
  stray: CustomEvent<StrayDetail>;
  /** A responder asks this exporter to stop; dispatched once for each request, from `initialize` to `shutdown`. */
  "stop-requested": CustomEvent<StopRequestedDetail>;
}

/**
 * The events of a `SignalResponder`.
 *
 * @category Events
 */
export interface ResponderEvents extends LinkEvents {
  /** A publisher is gone without a word. */
  "publisher-lost": CustomEvent<PublisherLostDetail>;
  /** Signals that no listener had taken were dropped. */
  overflow: CustomEvent<OverflowDetail>;
  /**
   * `serve` passes over the events of this name, and no other loop gets them;
   * dispatched once for each name, for 100 at most.
   */
  unhandled: CustomEvent<UnhandledDetail>;
}
