/**
 * The context of all painters of a lane.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
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

/** Fades a thing that the search has not found. */
export function fade(
  { context, found, index: lane }: Picture,
  kind: "signal" | "answer" | "missing",
  index: number,
): void {
  const stands = found === undefined || found.marks[lane]![kind][index] === 1;
  context.globalAlpha = stands ? 1 : 0.18;
}
