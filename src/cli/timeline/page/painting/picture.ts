/**
 * The context of all painters of a lane.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { MarkKind } from "../view/item.ts";
import type { Found } from "../view/search.ts";
import type { Theme } from "../view/theme.ts";
import type { Viewport } from "../view/viewport.ts";

/** The canvas, with its origin at the lane's upper left corner, and its state. */
export interface Picture {
  readonly context: CanvasRenderingContext2D;
  readonly viewport: Viewport;
  readonly theme: Theme;
  /** The found things, if the user searches. */
  readonly found: Found | undefined;
  /** The index of the lane. */
  readonly index: number;
}

/**
 * Whether a mark is in colour, because it was found or no search is on. All
 * other marks are grey: a paler colour could not be read.
 */
export function stands(
  { found, index: lane }: Picture,
  kind: MarkKind,
  index: number,
): boolean {
  return found === undefined || found.marks[lane]![kind][index] === 1;
}
