/**
 * The error of a payload that is not what its channel carries.
 *
 * @module
 */

/** What a payload is read or written as. */
export type PayloadKind = "signal" | "response";

/**
 * A received payload that is no signal or no response.
 */
export class PayloadError extends Error {
  /** Always `"PayloadError"`. */
  override readonly name = "PayloadError";

  /** What is wrong with the payload, such as `tag must be a string: current value is null`. */
  readonly reason: string;

  /**
   * Creates the error.
   *
   * @param kind What the payload was read as.
   * @param reason What is wrong with it.
   * @param options The error that lies beneath, if any.
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
