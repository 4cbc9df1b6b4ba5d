/**
 * How the parts of the page name a thing on it.
 *
 * @module
 */

/** One thing on the page. */
export interface Item {
  readonly kind: "signal" | "phase" | "answer" | "missing" | "gap" | "oddity";
  /** Index of its lane, -1 for none. */
  readonly lane: number;
  /** Index in the lane's, or the timeline's, list of its kind. */
  readonly index: number;
}
