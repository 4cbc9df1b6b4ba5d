/**
 * The result codes of a publish, with the numbers of the Python package.
 *
 * @module
 */

/**
 * The result of a publish. The numbers are those of the Python package.
 *
 * @category Exporter
 */
export const ResultCode = {
  /** Every subscriber answered with a `ras` of 1. */
  AllSubsSuccess: 0,
  /** Every subscriber answered, at least one of them with another `ras`. */
  SubFailed: 1,
  /** At least one subscriber did not answer. Takes precedence over `SubFailed`. */
  MissingResponse: 2,
} as const;

/**
 * One of the values of {@linkcode ResultCode}.
 *
 * @category Exporter
 */
export type ResultCode = typeof ResultCode[keyof typeof ResultCode];
