/**
 * The two channels of the protocol.
 *
 * @module
 */
import { checkText } from "../internal/check.ts";

/**
 * Carries signals; exporters publish on it.
 *
 * @category Wire
 */
export const SIGNAL_CHANNEL = "event-signal-pubsub";

/**
 * Carries responses (acknowledgements); responders publish on it.
 *
 * @category Wire
 */
export const RESPONSE_CHANNEL = "event-signal-response";

/**
 * The names of both channels in a namespace.
 *
 * @category Wire
 */
export interface Channels {
  /** The channel for signals. */
  readonly signals: string;
  /** The channel for responses. */
  readonly responses: string;
}

/**
 * The channels of a namespace.
 *
 * @param namespace A prefix that keeps groups on one server apart; without one,
 * the channels are those of Python peers.
 * @returns `NAMESPACE:event-signal-pubsub` and `NAMESPACE:event-signal-response`.
 * @throws {TypeError} If the namespace is not a string.
 */
export function channelsOf(namespace?: string): Channels {
  if (namespace !== undefined) checkText(namespace, "the namespace");
  const prefix = namespace ? `${namespace}:` : "";
  return {
    signals: prefix + SIGNAL_CHANNEL,
    responses: prefix + RESPONSE_CHANNEL,
  };
}
