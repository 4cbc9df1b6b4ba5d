/**
 * The options and the report of every fuzzer of the tests.
 *
 * @module
 */

/** The options of a fuzzer. */
export interface FuzzOptions {
  readonly frames: number;
  /** The same seed gives the same frames. */
  readonly seed: number;
  /** Called now and then with the number of frames tried. */
  readonly progress?: (frames: number) => void;
}

/** The outcomes of the frames. */
export interface FuzzReport {
  frames: number;
  bytes: number;
  /** The number of values read. */
  yields: number;
  /** The number of frames that were refused with the parser's own error. */
  rejections: number;
}
