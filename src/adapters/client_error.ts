/**
 * Turns errors of existing clients into errors of links.
 *
 * @module
 */
import type { DeliveryError } from "../transport/transport.ts";
import {
  RedisConnectionError,
  RedisReplyError,
  replyError,
} from "../link/errors.ts";

/**
 * Makes the error of a link.
 *
 * @param thrown The client's error.
 * @param what Completes "Cannot …".
 * @param outcome The outcome of the command if the error is not a reply of the server.
 */
export function clientError(
  thrown: unknown,
  what: string,
  outcome: DeliveryError["outcome"] = "not-sent",
): RedisConnectionError | RedisReplyError {
  if (
    thrown instanceof RedisConnectionError || thrown instanceof RedisReplyError
  ) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return isReply(error)
    ? replyError(error.message, what)
    : new RedisConnectionError(`Cannot ${what}: ${error.message}`, {
      cause: thrown,
      outcome,
    });
}

/**
 * Whether an error is the server's reply. Each client marks replies in its own
 * way, if at all. But a reply begins with a word in capitals. Errors of Node's
 * sockets may do so, too, but those have a `code`.
 */
function isReply(error: Error): boolean {
  return !("code" in error) && /^[A-Z][A-Z0-9_]+\b/.test(error.message);
}
