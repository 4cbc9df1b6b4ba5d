/**
 * The error of every adapter: what happened to the message, and why.
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
}

/** An existing connection could not publish or subscribe. */
export class AdapterError extends Error implements DeliveryError {
  /** `"AdapterError"`. */
  override name = "AdapterError";
  /** `"not-sent"`: the server never took the message; `"unknown"`: it may have. */
  readonly outcome: "not-sent" | "unknown";

  /** Makes the error; the client's own is its `cause`. */
  constructor(message: string, options: AdapterErrorOptions = {}) {
    super(message, options);
    this.outcome = options.outcome ?? "not-sent";
  }
}
