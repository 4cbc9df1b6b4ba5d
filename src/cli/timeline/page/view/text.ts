/**
 * Text on a canvas.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "./dom.ts";

/** A font of the page's family, such as of `"600 13px"`. */
export function fontOf(style: string): string {
  return `${style} ui-sans-serif, system-ui, sans-serif`;
}

/** As much of a text as has room, its beginning and its end: names of one kind differ there. */
export function shortenMiddle(
  context: CanvasRenderingContext2D,
  text: string,
  room: number,
): string {
  const width = (text: string) => context.measureText(text).width;
  const whole = text.length > 200
    ? `${text.slice(0, 100)}…${text.slice(-100)}`
    : text;
  if (width(whole) <= room) return whole;
  const cut = (length: number) =>
    `${whole.slice(0, Math.ceil(length / 2))}…${
      length < 2 ? "" : whole.slice(-Math.floor(length / 2))
    }`;
  let fits = 0;
  let tooMuch = whole.length;
  while (tooMuch - fits > 1) {
    const middle = (fits + tooMuch) >> 1;
    if (width(cut(middle)) <= room) fits = middle;
    else tooMuch = middle;
  }
  return cut(fits);
}
