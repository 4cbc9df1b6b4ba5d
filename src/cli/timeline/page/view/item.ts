/**
 * The type by which the parts of the page name a thing.
 *
 * @module
 */

/** A kind of mark that can be searched for. */
export type MarkKind = "signal" | "answer" | "missing";

/** One thing on the page. */
export interface Item {
  readonly kind: MarkKind | "phase" | "gap" | "oddity" | "lane" | "responder";
  /** The index of its lane; -1 if it has none. */
  readonly lane: number;
  /** The index in the list of its kind, of the lane or of the timeline; 0 for a lane. */
  readonly index: number;
}
