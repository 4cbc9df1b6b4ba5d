/**
 * How often servers and peers are asked for a sign of life: the defaults of the
 * module, and those of `quiet`, where each command costs. Nothing else differs
 * with `quiet`: the same questions are asked, and the same answers prove a loss.
 *
 * @module
 */
import { checkBoolean, checkSpan } from "./check.ts";

/** Spans of time, each in milliseconds. */
export interface Intervals {
  /** Of silence on a link, after which its server is asked. */
  readonly pingInterval: number;
  /** Between two counts of the subscribers that owe a response; each fifth time the server's role is asked, too. */
  readonly subscriberCount: number;
  /** Between two counts of the publishers that a responder knows, while one was heard a short time ago. */
  readonly publisherCount: number;
  /** The same later: thousands may wait for a signal for hours. */
  readonly publisherCountLater: number;
  /** Of silence, after which a peer that the server does not count is asked. */
  readonly silence: number;
  /** Of silence, after which a peer that was asked is lost. */
  readonly heartbeatTimeout: number;
  /** Between two signs of progress while a handler runs. */
  readonly progressInterval: number;
}

/** The options of exporters and responders that choose the spans. */
export interface IntervalOptions {
  readonly quiet?: boolean | undefined;
  readonly heartbeatTimeout?: number | undefined;
}

/** Milliseconds: with a shorter `heartbeatTimeout` a slow network would look like the loss of a peer. */
const SHORTEST_HEARTBEAT = 100;

/** The defaults. */
export const USUAL: Intervals = {
  pingInterval: 15_000,
  subscriberCount: 200,
  publisherCount: 500,
  publisherCountLater: 5_000,
  silence: 2_000,
  heartbeatTimeout: 15_000,
  progressInterval: 5_000,
};

/** With `quiet`: one exporter and 30 responders stay below 5,000 commands an hour while a publish waits, and below 2,500 while they are idle (bench j). */
export const QUIET: Intervals = {
  pingInterval: 180_000,
  subscriberCount: 5_000,
  publisherCount: 150_000,
  publisherCountLater: 150_000,
  silence: 100_000,
  heartbeatTimeout: 300_000,
  progressInterval: 90_000,
};

/**
 * The spans for these options.
 *
 * @throws {TypeError | RangeError} If one can't be used; it is named.
 */
export function intervalsOf(
  { quiet = false, heartbeatTimeout }: IntervalOptions,
): Intervals {
  const intervals = checkBoolean(quiet, "quiet") ? QUIET : USUAL;
  if (heartbeatTimeout === undefined) return intervals;
  checkSpan(heartbeatTimeout, "heartbeatTimeout", SHORTEST_HEARTBEAT);
  return { ...intervals, heartbeatTimeout };
}
