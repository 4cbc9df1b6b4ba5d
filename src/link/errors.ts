/**
 * The errors of all links: the classes that callers tell apart.
 *
 * Invariant: no message, code or cause holds a password or a part of one, even
 * if a server repeats it.
 *
 * @module
 */
import type { DeliveryError } from "../transport/transport.ts";

/**
 * Options of a {@linkcode RedisConnectionError}.
 *
 * @category Errors
 */
export interface RedisConnectionErrorOptions extends ErrorOptions {
  /**
   * Whether the command that failed may have reached the server.
   *
   * @default {"not-sent"}
   */
  outcome?: DeliveryError["outcome"];
}

/**
 * The server can't be reached, the link was lost, or no reply arrived in time.
 *
 * @category Errors
 * @example Tell a connection that failed from other errors
 * ```ts
 * import { RedisClient, RedisConnectionError } from "@dsa/state-signals/redis";
 *
 * try {
 *   await RedisClient.connect({ url: "redis://127.0.0.1:1", connectTimeout: 0 });
 * } catch (error) {
 *   if (!(error instanceof RedisConnectionError)) throw error;
 *   console.log(error.message); // names host, port and cause
 * }
 * ```
 */
export class RedisConnectionError extends Error implements DeliveryError {
  /** `"RedisConnectionError"`. */
  override name = "RedisConnectionError";
  /** `"not-sent"`: the command did not reach the server; `"unknown"`: it may have reached the server. */
  readonly outcome: DeliveryError["outcome"];

  /** Makes the error. */
  constructor(message: string, options: RedisConnectionErrorOptions = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "not-sent";
  }
}

/**
 * The server is not one to publish on: a replica does not pass messages on, and
 * a sentinel carries no messages of clients. Or a server that was to lead to
 * another one is no sentinel, or no node of a cluster.
 *
 * @category Errors
 */
export class RedisRoleError extends RedisConnectionError {
  /** `"RedisRoleError"`. */
  override name = "RedisRoleError";
  /**
   * The role of the server; `"unfit"`: it is no sentinel, or no node of a cluster.
   * A replica may be promoted, so it is tried again; the others are not.
   */
  readonly role: "replica" | "sentinel" | "unfit";

  /** Makes the error of a role. */
  constructor(
    message: string,
    role: "replica" | "sentinel" | "unfit",
    options: RedisConnectionErrorOptions = {},
  ) {
    super(message, options);
    this.role = role;
  }
}

/**
 * The server does not speak the Redis protocol; the connection was closed.
 *
 * @category Errors
 */
export class RedisProtocolError extends RedisConnectionError {
  /** `"RedisProtocolError"`. */
  override name = "RedisProtocolError";
}

/**
 * The server replied with an error. The subclasses are errors that a caller can
 * act on.
 *
 * @category Errors
 */
export class RedisReplyError extends Error implements DeliveryError {
  /** `"RedisReplyError"`. */
  override name = "RedisReplyError";
  /** The reply's first word: `ERR`, `NOPERM`, `LOADING` … */
  readonly code: string;
  /** Always `"not-sent"`, because a refused command was not carried out. */
  readonly outcome = "not-sent";

  /** Makes the error of a reply with this code. */
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The server wants credentials, or refuses the ones that it got. The connection
 * is not tried again.
 *
 * @category Errors
 */
export class RedisAuthError extends RedisReplyError {
  /** `"RedisAuthError"`. */
  override name = "RedisAuthError";
}

/**
 * An ACL rule forbids the user the command or the channel.
 *
 * @category Errors
 */
export class RedisPermissionError extends RedisReplyError {
  /** `"RedisPermissionError"`. */
  override name = "RedisPermissionError";
}

/**
 * Makes the error of an error reply.
 *
 * @param reply The reply's line, code first.
 * @param what Completes "Cannot …".
 * @param secret The password, which must not get into the error.
 */
export function replyError(
  reply: string,
  what: string,
  secret?: string,
): RedisReplyError {
  // A server repeats the arguments of a command that it does not know; they may be credentials.
  const line = reply.replace(/, with args beginning with:.*/s, "");
  const message = `Cannot ${what} as the server replied: ${
    withhold(line, secret)
  }`;
  const code = /^\S*/.exec(line)![0];
  switch (code) {
    case "NOAUTH":
    case "WRONGPASS":
      return new RedisAuthError(message, code);
    case "NOPERM":
      return new RedisPermissionError(message, code);
  }
  return /AUTH.*(no|any) password|invalid password/i.test(line)
    ? new RedisAuthError(message, withhold(code, secret, "ERR"))
    : new RedisReplyError(message, withhold(code, secret, "ERR"));
}

/**
 * The error of a connection that a server refused. A refusal that may pass, such
 * as LOADING, becomes a failed connection, which is tried again.
 */
export function refusedConnection(error: RedisReplyError): Error {
  return error instanceof RedisAuthError ||
      error instanceof RedisPermissionError
    ? error
    : new RedisConnectionError(error.message, { cause: error });
}

/** What platforms report of a certificate whose authority they do not know. */
const UNKNOWN_AUTHORITY =
  /UnknownIssuer|self.signed certificate|unable to (get|verify)|no trusted authority/i;

/** Whether connecting again could not help. */
export function isFinal(error: unknown): boolean {
  if (error instanceof RedisRoleError) return error.role !== "replica";
  if (
    error instanceof RedisReplyError || error instanceof Deno.errors.NotCapable
  ) return true;
  const { cause } = error as Error;
  return cause instanceof Deno.errors.NotCapable ||
    (cause instanceof Error && UNKNOWN_AUTHORITY.test(cause.message));
}

/** Most characters of a password, one after the other, that an error may hold. */
const MAX_REPEATED = 3;

/** The text, or the stand-in if the text holds a part of the secret. */
export function withhold(
  text: string,
  secret: string | undefined,
  standIn =
    "(words that are withheld, because they repeat a part of the password)",
): string {
  if (!secret) return text;
  const size = Math.min(secret.length, MAX_REPEATED + 1);
  for (let start = 0; start + size <= secret.length; start++) {
    if (text.includes(secret.slice(start, start + size))) return standIn;
  }
  return text;
}
