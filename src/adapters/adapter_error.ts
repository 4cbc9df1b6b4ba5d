/**
 * The errors of every adapter: what happened to the message, and why.
 *
 * @module
 */
import type { DeliveryError } from "../transport/transport.ts";

/** Options of an {@linkcode AdapterError}. */
export interface AdapterErrorOptions extends ErrorOptions {
  /**
   * Whether the message may have reached the server.
   *
   * @default {"not-sent"}
   */
  outcome?: "not-sent" | "unknown";
  /** The first word of the server's error reply, where there was one. */
  code?: string | undefined;
}

/**
 * An existing connection could not publish or subscribe.
 *
 * @example
 * ```ts no-eval
 * import { Redis } from "ioredis";
 * import { AdapterError, fromIoredis } from "@dsa/state-signals/adapters/ioredis";
 *
 * await using redis = fromIoredis(new Redis());
 * try {
 *   await redis.publish("news", "hello", { timeout: 1_000 });
 * } catch (error) {
 *   if (!(error instanceof AdapterError)) throw error;
 *   console.log(error.outcome); // "not-sent", or "unknown"
 * }
 * ```
 */
export class AdapterError extends Error implements DeliveryError {
  /** `"AdapterError"`. */
  override name = "AdapterError";
  /** `"not-sent"`: the server never took the message; `"unknown"`: it may have. */
  readonly outcome: "not-sent" | "unknown";
  /** `NOPERM`, `WRONGPASS`, `LOADING` …; `undefined` where the server did not reply. */
  readonly code: string | undefined;

  /** Makes the error; the client's own is its `cause`. */
  constructor(message: string, options: AdapterErrorOptions = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "not-sent";
    this.code = options.code;
  }
}

/** The server is a replica: what is published there reaches no other server. */
export class AdapterReplicaError extends AdapterError {
  /** `"ReplicaError"`. */
  override name = "ReplicaError";
}

/**
 * Turns what a client threw into an error of ours.
 *
 * @param thrown What the client threw.
 * @param what Completes "Cannot …".
 * @param outcome What became of the message where the server did not reply.
 */
export function adapterError(
  thrown: unknown,
  what: string,
  outcome: "not-sent" | "unknown" = "not-sent",
): AdapterError {
  if (thrown instanceof AdapterError) return thrown;
  const { message } = thrown instanceof Error
    ? thrown
    : new Error(String(thrown));
  const code = replyCode(thrown, message);
  if (code === undefined) {
    return new AdapterError(`Cannot ${what}: ${message}`, {
      cause: thrown,
      outcome,
    });
  }
  // The arguments of an unknown command come back, and may be credentials.
  const told = message.replace(/, with args beginning with:.*/s, "");
  return new AdapterError(`Cannot ${what} as the server replied: ${told}`, {
    code,
  });
}

/** Whether the server replied, if only to refuse. */
export function isReply(
  error: unknown,
): error is AdapterError & { readonly code: string } {
  return error instanceof AdapterError && error.code !== undefined;
}

/** Whether trying again could not help. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof AdapterError)) return false;
  if (error.cause instanceof Deno.errors.NotCapable) return true;
  return error.code !== undefined &&
    (/^(NOAUTH|WRONGPASS|NOPERM)$/.test(error.code) ||
      /AUTH.*(no|any) password|invalid password/i.test(error.message));
}

/**
 * The first word of an error reply. Clients mark replies each in their own way,
 * if at all; only a reply begins with a word in capitals, and only the errors of
 * Node's sockets, which may do so too, have a `code`.
 */
function replyCode(thrown: unknown, message: string): string | undefined {
  if (thrown instanceof Error && "code" in thrown) return undefined;
  return /^([A-Z][A-Z0-9_]+)\b/.exec(message)?.[1];
}
