/**
 * From what a client threw to the errors of links.
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
 * Makes the error of what a client threw.
 *
 * @param thrown What the client threw.
 * @param what Completes "Cannot …".
 * @param outcome What became of the message where the server did not reply.
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
 * Whether an error is the server's reply. Clients mark replies each in their own
 * way, if at all; only a reply begins with a word in capitals, and only the
 * errors of Node's sockets, which may do so too, have a `code`.
 */
function isReply(error: Error): boolean {
  return !("code" in error) && /^[A-Z][A-Z0-9_]+\b/.test(error.message);
}
