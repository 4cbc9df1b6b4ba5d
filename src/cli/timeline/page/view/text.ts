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
  const whole = text.slice(0, 200);
  return whole === text && context.measureText(text).width <= room
    ? text
    : longestCut(
      context,
      whole.length,
      room,
      (length) => `${whole.slice(0, length)}…`,
    );
}

/** As much of a text as has room, its beginning and its end: names of one kind differ there. */
export function shortenMiddle(
  context: CanvasRenderingContext2D,
  text: string,
  room: number,
): string {
  const whole = text.length > 200
    ? `${text.slice(0, 100)}…${text.slice(-100)}`
    : text;
  if (context.measureText(whole).width <= room) return whole;
  return longestCut(context, whole.length, room, (length) => {
    const end = length < 2 ? "" : whole.slice(-Math.floor(length / 2));
    return `${whole.slice(0, Math.ceil(length / 2))}…${end}`;
  });
}

/** The longest cut that has room. */
export function longestCut(
  context: CanvasRenderingContext2D,
  length: number,
  room: number,
  cut: (length: number) => string,
): string {
  let fits = 0;
  let tooMuch = length;
  while (tooMuch - fits > 1) {
    const middle = (fits + tooMuch) >> 1;
    if (context.measureText(cut(middle)).width <= room) fits = middle;
    else tooMuch = middle;
  }
  return cut(fits);
}
