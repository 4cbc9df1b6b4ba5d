/**
 * The error of a payload that its channel does not carry.
 *
 * @module
 */

/**
 * The two kinds of payloads.
 *
 * @category Errors
 */
export type PayloadKind = "signal" | "response";

/**
 * A received payload is not a signal, or not a response.
 *
 * @category Errors
 */
export class PayloadError extends Error {
  /** Always `"PayloadError"`. */
  override readonly name = "PayloadError";

  /** What is wrong with the payload, such as `tag must be a string: current value is null`. */
  readonly reason: string;

  /**
   * Creates the error.
   *
   * @param kind Whether the payload was read as a signal or as a response.
   * @param reason What is wrong with the payload.
   * @param options The cause, if there is one.
   */
  constructor(
    kind: PayloadKind,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read the payload as a ${kind} as ${reason}`, options);
    this.reason = reason;
  }
}
