/**
 * A canvas in its place.
 *
 * @module
 */
import type { CanvasRenderingContext2D, HTMLCanvasElement } from "./dom.ts";

/** Draws on a canvas as fine as the screen, which may be another one than before. */
export function contextOf(
  canvas: HTMLCanvasElement,
  density: number,
): CanvasRenderingContext2D {
  const width = Math.round(canvas.clientWidth * density);
  const height = Math.round(canvas.clientHeight * density);
  // A canvas that is given a size is empty.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d")!;
  context.setTransform(density, 0, 0, density, 0, 0);
  return context;
}
