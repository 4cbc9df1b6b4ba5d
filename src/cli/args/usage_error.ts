/**
 * The error of a command that was called wrongly.
 *
 * @module
 */

/** Says what is wrong with the call; ends it with code 64 and a hint. */
export class UsageError extends Error {
  /** Always `"UsageError"`. */
  override readonly name = "UsageError";
}
