/**
 * What every fuzzer of the tests takes and tells.
 *
 * @module
 */

/** How much to try. */
export interface FuzzOptions {
  readonly frames: number;
  /** The same one gives the same frames. */
  readonly seed: number;
  /** Is told now and then how many frames have been tried. */
  readonly progress?: (frames: number) => void;
}

/** What became of the frames. */
export interface FuzzReport {
  frames: number;
  bytes: number;
  /** Values that were read. */
  yields: number;
  /** Frames that were refused as they must be: with the parser's own error. */
  rejections: number;
}
