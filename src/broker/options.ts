/**
 * The broker's options: their defaults and their checks.
 *
 * @module
 */
import {
  checkFilled,
  checkOptions,
  checkWhole,
  type Names,
} from "../internal/check.ts";
import { describeValue } from "../internal/describe_value.ts";
import { isLoopback } from "./loopback.ts";
import { Password } from "./password.ts";

/**
 * Limits that keep one client from harming the others.
 *
 * @category Embedded broker
 */
export interface BrokerLimits {
  /**
   * Clients at a time. One more gets an error and is disconnected.
   *
   * @default {10_000}
   */
  maxConnections?: number;
  /**
   * Channels, patterns and shard channels of one client.
   *
   * @default {65_536}
   */
  maxChannels?: number;
  /**
   * Bytes of one message. A longer one is refused, and its publisher stays connected.
   *
   * @default {16_777_216}
   */
  maxPayload?: number;
  /**
   * Bytes that wait to be written to one client. A client that reads too slowly
   * to stay below that is dropped.
   *
   * @default {33_554_432}
   */
  maxOutput?: number;
  /**
   * Bytes that all clients take together: for connections, for subscriptions,
   * for what clients have sent and the broker has yet to act on, and for what
   * waits to be written. A message for several clients counts once.
   *
   * Beyond the limit, clients that have read nothing for five seconds are
   * dropped. Where there is no such client, messages wait, and subscriptions and
   * connections are refused; a client that reads is never dropped. Half of the
   * memory is for what clients have sent: beyond that, the client that has sent
   * most is dropped.
   *
   * @default {268_435_456}
   */
  maxMemory?: number;
  /**
   * Milliseconds that a client has for authenticating itself if there is a
   * password. `Infinity` means 24 days, the longest that a timer can be set to.
   *
   * @default {10_000}
   */
  handshakeTimeout?: number;
  /**
   * Milliseconds that a client has for the rest of a command that it has begun.
   * `Infinity` means 24 days.
   *
   * @default {60_000}
   */
  commandTimeout?: number;
}

/**
 * What `Broker.listen` takes: where to listen, and the limits.
 *
 * @category Embedded broker
 */
export interface BrokerOptions extends BrokerLimits {
  /**
   * The address to listen on. An address that is not loopback needs a password.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /**
   * The port to listen on; 0 for a free one.
   *
   * @default {0}
   */
  port?: number;
  /** The password of the user `default`, by which clients authenticate themselves; none by default. */
  password?: string | undefined;
}

/** Complete, checked options. */
export interface ResolvedOptions {
  readonly hostname: string;
  readonly port: number;
  readonly password: Password | undefined;
  readonly limits: Readonly<Required<BrokerLimits>>;
}

const NAMES: Names<BrokerOptions> = {
  hostname: true,
  port: true,
  password: true,
  maxConnections: true,
  maxChannels: true,
  maxPayload: true,
  maxOutput: true,
  maxMemory: true,
  handshakeTimeout: true,
  commandTimeout: true,
};

/** The longest that a timer can be set to: a longer one would fire at once. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Completes and checks options.
 *
 * @param options The user's options.
 * @returns The complete options.
 * @throws {TypeError} If other machines could reach the broker without a password.
 * @throws {RangeError} If a limit is not a positive integer or `Infinity`, or
 * the port is none.
 */
export function resolveOptions(options: BrokerOptions): ResolvedOptions {
  checkOptions(options, NAMES);
  const { hostname = "127.0.0.1", port = 0, password } = options;
  const limits = {
    maxConnections: options.maxConnections ?? 10_000,
    maxChannels: options.maxChannels ?? 65_536,
    maxPayload: options.maxPayload ?? 16 * 1024 * 1024,
    maxOutput: options.maxOutput ?? 32 * 1024 * 1024,
    maxMemory: options.maxMemory ?? 256 * 1024 * 1024,
    handshakeTimeout: options.handshakeTimeout ?? 10_000,
    commandTimeout: options.commandTimeout ?? 60_000,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (value === Infinity || (Number.isSafeInteger(value) && value > 0)) {
      continue;
    }
    throw new RangeError(
      `Cannot listen as '${name}' must be a positive integer or Infinity: current value is ${
        describeValue(value)
      }`,
    );
  }
  checkFilled(hostname, "hostname");
  checkWhole(port, "port", 0, 65_535);
  if (password !== undefined && typeof password !== "string") {
    throw new TypeError("Cannot listen as 'password' must be a string");
  }
  if (password === "") {
    throw new TypeError("Cannot listen as 'password' must not be empty");
  }
  if (password !== undefined && !password.isWellFormed()) {
    throw new TypeError("Cannot listen as 'password' must be well-formed text");
  }
  if (password === undefined) mustBeLoopback(hostname);
  return {
    hostname,
    port,
    password: password === undefined ? undefined : new Password(password),
    limits: {
      ...limits,
      handshakeTimeout: Math.min(limits.handshakeTimeout, MAX_TIMER),
      commandTimeout: Math.min(limits.commandTimeout, MAX_TIMER),
    },
  };
}

/**
 * Checks the address of a broker without a password.
 *
 * @param hostname The user's option.
 * @param listened The address that the system has resolved it to, once that is known.
 * @throws {TypeError} If other machines could reach the address.
 */
export function mustBeLoopback(hostname: string, listened = hostname): void {
  if (isLoopback(listened)) return;
  const resolved = listened === hostname ? "" : `, which is ${listened}`;
  throw new TypeError(
    `Cannot listen as 'hostname' must be a loopback address where there is no password: current value is ${
      JSON.stringify(hostname)
    }${resolved}`,
  );
}
