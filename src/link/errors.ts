/**
 * The errors of the Redis client: only what callers tell apart. No message
 * holds a credential.
 *
 * @module
 */
import type { ErrorReply } from "../resp/reply.ts";

/** Options of a {@linkcode RedisConnectionError}. */
export interface RedisConnectionErrorOptions extends ErrorOptions {
  /** Whether the command that failed may have reached the server. */
  outcome?: "not-sent" | "unknown";
}

/**
 * The server can't be reached, the link was lost, or nothing answered in time.
 *
 * @example
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
export class RedisConnectionError extends Error {
  /** `"RedisConnectionError"`. */
  override name = "RedisConnectionError";
  /** `"not-sent"`: the server never saw the command; `"unknown"`: it may have. */
  readonly outcome: "not-sent" | "unknown";

  /** Makes the error; the outcome is `"not-sent"` where none is given. */
  constructor(message: string, options: RedisConnectionErrorOptions = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "not-sent";
  }
}

/** The server replied with an error; its subclasses are the ones to act on. */
export class RedisReplyError extends Error {
  /** The class's name. */
  override name = "RedisReplyError";
  /** The reply's first word: `ERR`, `NOPERM`, `LOADING` … */
  readonly code: string;
  /** A command that was refused was not carried out. */
  readonly outcome = "not-sent";

  /** Makes the error of a reply's code. */
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The server wants credentials, or does not take the ones it got. Never retried. */
export class RedisAuthError extends RedisReplyError {
  /** `"RedisAuthError"`. */
  override name = "RedisAuthError";
}

/** The user may not run the command, or not on this channel (an ACL rule). */
export class RedisPermissionError extends RedisReplyError {
  /** `"RedisPermissionError"`. */
  override name = "RedisPermissionError";
}

/** The other end does not speak the Redis protocol; the connection was closed. */
export class RedisProtocolError extends RedisConnectionError {
  /** `"RedisProtocolError"`. */
  override name = "RedisProtocolError";
}

/**
 * Turns an error reply into the error to throw.
 *
 * @param reply What the server replied.
 * @param what Completes "Cannot …".
 * @param secret What is withheld should the server repeat it.
 */
export function replyError(
  reply: ErrorReply,
  what: string,
  secret?: string,
): RedisReplyError {
  // The arguments of an unknown command come back, and may be credentials.
  const told = reply.message.replace(/, with args beginning with:.*/s, "");
  const message = `Cannot ${what} as the server replied: ${
    withhold(told, secret)
  }`;
  switch (reply.code) {
    case "NOAUTH":
    case "WRONGPASS":
      return new RedisAuthError(message, reply.code);
    case "NOPERM":
      return new RedisPermissionError(message, reply.code);
  }
  if (/AUTH.*(no|any) password|invalid password/i.test(reply.message)) {
    return new RedisAuthError(message, reply.code);
  }
  return new RedisReplyError(message, withhold(reply.code, secret));
}

/** The text without a secret that the server repeats in it. */
export function withhold(text: string, secret: string | undefined): string {
  return secret ? text.replaceAll(secret, "***") : text;
}
