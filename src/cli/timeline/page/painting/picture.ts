/**
 * What the painters of a lane paint on, and with.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { MarkKind } from "../view/item.ts";
import type { Found } from "../view/search.ts";
import type { Theme } from "../view/theme.ts";
import type { Viewport } from "../view/viewport.ts";

/** The canvas, its upper left corner being the lane's, and how it is to look. */
export interface Picture {
  readonly context: CanvasRenderingContext2D;
  readonly viewport: Viewport;
  readonly theme: Theme;
  /** What was searched for and found, if anything was. */
  readonly found: Found | undefined;
  /** Index of the lane. */
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
