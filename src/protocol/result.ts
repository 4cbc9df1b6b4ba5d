/**
 * The result codes of a publish, as the reference numbers them.
 *
 * @module
 */

/** How a publish ended; the numbers are those of the Python package. */
export const ResultCode = {
  /** Every subscriber answered with a `ras` of 1. */
  AllSubsSuccess: 0,
  /** Every subscriber answered, at least one of them with another `ras`. */
  SubFailed: 1,
  /** At least one subscriber did not answer; hides `SubFailed`. */
  MissingResponse: 2,
} as const;

/** One of the values of {@linkcode ResultCode}. */
export type ResultCode = typeof ResultCode[keyof typeof ResultCode];
