/**
 * What callers can say about the connections that an adapter makes.
 *
 * @module
 */
import { checkSpan } from "../internal/check.ts";

/** Time spans of an adapter; every one is in milliseconds. */
export interface AdapterOptions {
  /**
   * How long to wait for a link before a subscription fails; tries are repeated
   * with backoff.
   *
   * @default {20_000}
   */
  connectTimeout?: number;
  /**
   * For one try to connect, from dialling to the last confirmed subscription.
   *
   * @default {5_000}
   */
  handshakeTimeout?: number;
  /**
   * For the reply to a command, before the connection is given up.
   *
   * @default {10_000}
   */
  commandTimeout?: number;
  /**
   * Between two questions whether the server is still there.
   *
   * @default {15_000}
   */
  pingInterval?: number;
  /**
   * For the answer to such a question.
   *
   * @default {5_000}
   */
  pingTimeout?: number;
  /**
   * In all, to get a lost link back before it is lost for good.
   *
   * @default {Infinity}
   */
  reconnectTimeout?: number;
  /**
   * Around which the first wait between two tries lies.
   *
   * @default {50}
   */
  minBackoff?: number;
  /**
   * That no wait between two tries exceeds.
   *
   * @default {2_000}
   */
  maxBackoff?: number;
}

/** Complete, checked options. */
export type AdapterSettings = Readonly<Required<AdapterOptions>>;

const DEFAULTS: AdapterSettings = {
  connectTimeout: 20_000,
  handshakeTimeout: 5_000,
  commandTimeout: 10_000,
  pingInterval: 15_000,
  pingTimeout: 5_000,
  reconnectTimeout: Infinity,
  minBackoff: 50,
  maxBackoff: 2_000,
};

/**
 * Completes and checks options.
 *
 * @throws {TypeError | RangeError} If one is no span of time.
 */
export function resolveAdapterOptions(
  options: AdapterOptions,
): AdapterSettings {
  const names = Object.keys(DEFAULTS) as (keyof AdapterSettings)[];
  return Object.fromEntries(
    names.map((
      name,
    ) => [name, checkSpan(options[name] ?? DEFAULTS[name], name)]),
  ) as Record<keyof AdapterSettings, number>;
}
