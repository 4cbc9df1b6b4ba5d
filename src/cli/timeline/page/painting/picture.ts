/**
 * What the painters of a lane paint on, and with.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
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

/** Lets what was not found stand back. */
export function fade(
  { context, found, index: lane }: Picture,
  kind: "signal" | "answer" | "missing",
  index: number,
): void {
  const stands = found === undefined || found.marks[lane]![kind][index] === 1;
  context.globalAlpha = stands ? 1 : 0.18;
}
