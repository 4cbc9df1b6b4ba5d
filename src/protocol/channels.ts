/**
 * The two channels of the protocol.
 *
 * @module
 */

/** Carries signals; exporters publish on it. */
export const SIGNAL_CHANNEL = "event-signal-pubsub";

/** Carries responses (acknowledgements); responders publish on it. */
export const RESPONSE_CHANNEL = "event-signal-response";

/** The names of both channels within a namespace. */
export interface Channels {
  /** Where signals are published. */
  readonly signals: string;
  /** Where responses are published. */
  readonly responses: string;
}

/** Those of Python peers. */
const CHANNELS: Channels = {
  signals: SIGNAL_CHANNEL,
  responses: RESPONSE_CHANNEL,
};

/**
 * The channels of a namespace.
 *
 * @param namespace A prefix that keeps groups on one server apart; none means
 * the channels that Python peers use.
 * @returns `NAMESPACE:event-signal-pubsub` and `NAMESPACE:event-signal-response`.
 * @throws {TypeError} If the namespace is not a string.
 */
export function channelsOf(namespace?: string): Channels {
  if (namespace !== undefined && typeof namespace !== "string") {
    throw new TypeError(
      `Cannot use the namespace as it must be a string: current value is ${
        String(namespace)
      }`,
    );
  }
  if (!namespace) return CHANNELS;
  const prefix = `${namespace}:`;
  return {
    signals: prefix + SIGNAL_CHANNEL,
    responses: prefix + RESPONSE_CHANNEL,
  };
}
