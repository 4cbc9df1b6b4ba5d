/**
 * The options of links, which a client or an adapter takes: how long to wait,
 * how often to ask, when to give up.
 *
 * To add an option, add it to {@linkcode LinkOptions} with its `@default`, give
 * its default in `SPANS` or `resolveLinkOptions`, and its name in `LINK_NAMES`.
 * Links read it from their `settings`.
 *
 * @module
 */
import { checkSpan, checkWhole, type Names } from "../internal/check.ts";
import { USUAL } from "../internal/intervals.ts";

/**
 * Time spans of links, each in milliseconds, and the longest message.
 *
 * @category Connection
 */
export interface LinkOptions {
  /**
   * Milliseconds in all to get connected, with tries and waits between them.
   * `Infinity`: without limit; `0`: one try.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * Milliseconds for one try, from dialling until every subscription is confirmed;
   * 1 at least.
   *
   * @default {5_000}
   */
  handshakeTimeout?: number;
  /**
   * Milliseconds without a reply, while commands wait, after which the
   * connection is given up; 1 at least.
   *
   * @default {10_000}
   */
  commandTimeout?: number;
  /**
   * Milliseconds after which the server is asked once more: ROLE on the link for
   * commands, PING on the link for subscriptions if nothing has arrived there. A
   * question may go out up to a quarter earlier, because all links of a process
   * with the same interval and timeout ask together. 1 at least.
   *
   * @default {15_000}
   */
  pingInterval?: number;
  /**
   * Milliseconds for the answer: a dead link is noticed this long after the next
   * question. 1 at least.
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
   * Milliseconds of the first wait before another try, about; each wait doubles.
   *
   * @default {50}
   */
  minBackoff?: number;
  /**
   * Milliseconds of the longest wait before another try.
   *
   * @default {2_000}
   */
  maxBackoff?: number;
  /**
   * Bytes of the longest message, both ways. A longer message that arrives is
   * reported and skipped; a longer message is not sent. The default is half of
   * what a Redis server with default settings holds for a subscriber.
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
  pingInterval: USUAL.pingInterval,
  pingTimeout: 5_000,
  reconnectTimeout: Infinity,
  minBackoff: 50,
  maxBackoff: 2_000,
} satisfies LinkOptions;

/** Spans of 1 millisecond at least: with 0, every server would be mute, or asked without a pause. */
const POSITIVE: ReadonlySet<keyof LinkOptions> = new Set(
  [
    "handshakeTimeout",
    "commandTimeout",
    "pingInterval",
    "pingTimeout",
  ] as const,
);

/** The names of all options of links. */
export const LINK_NAMES: Names<LinkOptions> = {
  connectTimeout: true,
  handshakeTimeout: true,
  commandTimeout: true,
  pingInterval: true,
  pingTimeout: true,
  reconnectTimeout: true,
  minBackoff: true,
  maxBackoff: true,
  maxPayload: true,
};

/**
 * Completes and checks options.
 *
 * @throws {TypeError | RangeError} If an option can't be used; it is named.
 */
export function resolveLinkOptions(options: LinkOptions): LinkSettings {
  const spans = { ...SPANS };
  for (const name of Object.keys(SPANS) as (keyof typeof SPANS)[]) {
    const least = POSITIVE.has(name) ? 1 : 0;
    spans[name] = checkSpan(options[name] ?? SPANS[name], name, least);
  }
  return {
    ...spans,
    maxPayload: checkWhole(
      options.maxPayload ?? 16 * 1024 * 1024,
      "maxPayload",
      1_024, // the protocol's own words and the names of channels must pass
      512 * 1024 * 1024,
    ),
  };
}
