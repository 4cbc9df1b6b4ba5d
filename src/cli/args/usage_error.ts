/**
 * The error of a wrong call.
 *
 * @module
 */

/** Says what is wrong with a call; ends the command with exit code 64 and a hint. */
export class UsageError extends Error {
  /** Always `"UsageError"`. */
  override readonly name = "UsageError";
}
