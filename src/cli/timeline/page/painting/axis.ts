/**
 * Draws the axis of time.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import { formatMoment } from "../view/format.ts";
import { fontOf } from "../view/text.ts";
import type { Theme } from "../view/theme.ts";
import type { Viewport } from "../view/viewport.ts";

/** The smallest round number of milliseconds that is not less than this one. */
export function roundStep(least: number): number {
  const long = [
    ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1e3),
    ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60e3),
    ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3_600e3),
  ];
  if (least > 500) {
    return long.find((step) => step >= least) ??
      Math.ceil(least / 86_400e3) * 86_400e3;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  const digit = [1, 2, 5, 10].find((digit) => digit * power >= least)!;
  return digit * power;
}

/** The moments that get a line, and the milliseconds between them. */
export function ticksOf(
  { from, to, width, span }: Viewport,
): { step: number; moments: number[] } {
  const step = roundStep(span / Math.max(1, width / 110));
  const moments: number[] = [];
  const last = Math.floor(to / step);
  for (let n = Math.max(0, Math.ceil(from / step)); n <= last; n++) {
    moments.push(n * step);
  }
  return { step, moments };
}

/** Draws the axis. */
export function drawAxis(
  context: CanvasRenderingContext2D,
  viewport: Viewport,
  height: number,
  theme: Theme,
): void {
  const { step, moments } = ticksOf(viewport);
  context.font = fontOf("11px");
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const moment of moments) {
    const x = Math.round(viewport.x(moment)) + 0.5;
    context.fillStyle = theme.line;
    context.fillRect(x - 0.5, height - 7, 1, 7);
    context.fillStyle = theme.faint;
    context.fillText(formatMoment(moment, step), x + 5, height - 11);
  }
}
