/**
 * How the parts of the page name a thing on it.
 *
 * @module
 */

/** A kind of mark that can be searched for. */
export type MarkKind = "signal" | "answer" | "missing" | "departure";

/** One thing on the page. */
export interface Item {
  readonly kind: MarkKind | "phase" | "gap" | "oddity" | "lane" | "responder";
  /** Index of its lane, -1 for none. */
  readonly lane: number;
  /** Index in the lane's, or the timeline's, list of its kind; 0 for a lane. */
  readonly index: number;
}
