/**
 * The type by which the parts of the page name a thing.
 *
 * @module
 */

/** One thing on the page. */
export interface Item {
  readonly kind: "signal" | "phase" | "answer" | "missing" | "gap" | "oddity";
  /** The index of its lane; -1 if it has none. */
  readonly lane: number;
  /** The index in the list of its kind, of the lane or of the timeline. */
  readonly index: number;
}
