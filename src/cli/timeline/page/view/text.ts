/**
 * Fonts and lengths of text on a canvas.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "./dom.ts";

/** A font of the page's family, such as of `"600 13px"`. */
export function fontOf(style: string): string {
  return `${style} ui-sans-serif, system-ui, sans-serif`;
}

/** The start of a text that has room. */
export function shorten(
  context: CanvasRenderingContext2D,
  text: string,
  room: number,
): string {
  text = text.slice(0, 200);
  if (context.measureText(text).width <= room) return text;
  let fits = 0;
  let tooMuch = text.length;
  while (tooMuch - fits > 1) {
    const middle = (fits + tooMuch) >> 1;
    const { width } = context.measureText(`${text.slice(0, middle)}…`);
    if (width <= room) fits = middle;
    else tooMuch = middle;
  }
  return fits === 0 ? "" : `${text.slice(0, fits)}…`;
}
