/**
 * What callers can say about the links of a client or an adapter: when to wait,
 * when to ask, when to give up.
 *
 * @module
 */
import { checkSpan, checkWhole } from "../internal/check.ts";

/** Time spans of links, each in milliseconds, and the longest message. */
export interface LinkOptions {
  /**
   * Milliseconds in all to get connected, tries repeated with backoff.
   * `Infinity`: for ever; `0`: one try.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * Milliseconds for one try, from dialling to the last confirmed subscription.
   *
   * @default {5_000}
   */
  handshakeTimeout?: number;
  /**
   * Milliseconds without any reply while commands wait before the link is given up.
   *
   * @default {10_000}
   */
  commandTimeout?: number;
  /**
   * Milliseconds from one question to the server to the next: for its role on
   * the link for commands, PING on the one for subscriptions. The first may
   * come earlier, because all links of a process with the same interval and
   * timeout are asked together.
   *
   * @default {15_000}
   */
  pingInterval?: number;
  /**
   * Milliseconds for the answer: a link that is dead is noticed this long after
   * the next question.
   *
   * @default {5_000}
   */
  pingTimeout?: number;
  /**
   * Milliseconds to go on reconnecting after a link was lost.
   *
   * @default {Infinity}
   */
  reconnectTimeout?: number;
  /**
   * Milliseconds around which the first wait before another try lies; it doubles.
   *
   * @default {50}
   */
  minBackoff?: number;
  /**
   * Milliseconds that no wait before another try exceeds.
   *
   * @default {2_000}
   */
  maxBackoff?: number;
  /**
   * Bytes of the longest message, both ways. A longer one that comes in is
   * reported and passed over; a longer one that goes out is refused. The default
   * is half of what a Redis with default settings holds for a subscriber.
   *
   * @default {16_777_216}
   */
  maxPayload?: number;
}

/** Complete, checked options. */
export type LinkSettings = Readonly<Required<LinkOptions>>;

const SPANS = {
  connectTimeout: 20_000,
  handshakeTimeout: 5_000,
  commandTimeout: 10_000,
  pingInterval: 15_000,
  pingTimeout: 5_000,
  reconnectTimeout: Infinity,
  minBackoff: 50,
  maxBackoff: 2_000,
} satisfies LinkOptions;

/**
 * Completes and checks options.
 *
 * @throws {TypeError | RangeError} If an option can't be used; it is named.
 */
export function resolveLinkOptions(options: LinkOptions): LinkSettings {
  const span = (name: keyof typeof SPANS) =>
    checkSpan(options[name] ?? SPANS[name], name);
  return {
    connectTimeout: span("connectTimeout"),
    handshakeTimeout: span("handshakeTimeout"),
    commandTimeout: span("commandTimeout"),
    pingInterval: span("pingInterval"),
    pingTimeout: span("pingTimeout"),
    reconnectTimeout: span("reconnectTimeout"),
    minBackoff: span("minBackoff"),
    maxBackoff: span("maxBackoff"),
    maxPayload: checkWhole(
      options.maxPayload ?? 16 * 1024 * 1024,
      "maxPayload",
      1_024, // the protocol's own words and the names of channels must pass
      512 * 1024 * 1024,
    ),
  };
}
