/**
 * The broker's options: defaults, and what is refused.
 *
 * @module
 */
import { isLoopback } from "./loopback.ts";
import { Password } from "./password.ts";

/** Limits that keep one client from harming the others. */
export interface BrokerLimits {
  /**
   * Clients at a time; one more is told so and closed.
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
   * Bytes of one message; a longer one is refused, and its publisher stays connected.
   *
   * @default {16_777_216}
   */
  maxPayload?: number;
  /**
   * Bytes that wait to be written to one client; a client that reads too slowly
   * to stay below is dropped.
   *
   * @default {33_554_432}
   */
  maxOutput?: number;
  /**
   * Bytes that all clients take together: connections, subscriptions, what they
   * have sent and is not acted on yet, and what waits to be written, a message
   * for several clients once. Beyond, clients that have taken nothing for
   * five seconds are dropped, and while there are none, messages wait and
   * subscriptions and connections are refused; who reads is never dropped. Half
   * of it is for what clients have sent; beyond, who has sent most is dropped.
   *
   * @default {268_435_456}
   */
  maxMemory?: number;
  /**
   * Milliseconds that a client has for authenticating itself where there is a
   * password; `Infinity` for 24 days, the longest that a timer can be set to.
   *
   * @default {10_000}
   */
  handshakeTimeout?: number;
  /**
   * Milliseconds that a client has for the rest of a command that it has begun;
   * `Infinity` for 24 days.
   *
   * @default {60_000}
   */
  commandTimeout?: number;
}

/** What `Broker.listen` takes. */
export interface BrokerOptions extends BrokerLimits {
  /**
   * The address to listen on. One that is not loopback needs a password.
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
  /** What clients have to authenticate themselves with, as the user `default`; none by default. */
  password?: string | undefined;
}

/** Options that were checked, without gaps. */
export interface ResolvedOptions {
  readonly hostname: string;
  readonly port: number;
  readonly password: Password | undefined;
  readonly limits: Readonly<Required<BrokerLimits>>;
}

/** The longest that a timer can be set to; a longer one would fire at once. */
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Fills in defaults and checks every option.
 *
 * @param options As given by the user.
 * @returns The options in full.
 * @throws {TypeError} If the broker would be reachable from elsewhere without a password.
 * @throws {RangeError} If a limit is not a positive integer or `Infinity`.
 */
export function resolveOptions(options: BrokerOptions): ResolvedOptions {
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
      `Cannot listen as '${name}' must be a positive integer or Infinity: current value is ${value}`,
    );
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
 * Checks where the broker listens, or is to listen, without a password.
 *
 * @param hostname As given by the user, or as the system has resolved it.
 * @param listened What the system has made of it, where that is known.
 * @throws {TypeError} If other machines may reach it.
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
