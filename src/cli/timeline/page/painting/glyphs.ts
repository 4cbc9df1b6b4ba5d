/**
 * The marks of the chart, which the legend explains.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { Theme } from "../view/theme.ts";

/** Marks by what they stand for. */
export type GlyphKind =
  | "joined"
  | "progress"
  | "succeeded"
  | "failed"
  | "missing"
  | "left"
  | "lost"
  | "evicted"
  | "removed"
  | "redelivered"
  | "signal"
  | "signal-failed"
  | "signal-missing"
  | "malformed";

/** The colour of a mark. */
export function glyphColour(kind: GlyphKind, theme: Theme): string {
  switch (kind) {
    case "succeeded":
      return theme.good;
    case "failed":
    case "evicted":
    case "signal-failed":
      return theme.bad;
    case "missing":
    case "lost":
    case "signal-missing":
    case "malformed":
      return theme.missing;
    case "signal":
    case "joined":
    case "progress":
    case "left":
    case "removed":
    case "redelivered":
      return theme.faint;
  }
}

/**
 * Draws a mark.
 *
 * @param at Its middle, and half of its size.
 * @param back What is behind it.
 */
export function drawGlyph(
  context: CanvasRenderingContext2D,
  kind: GlyphKind,
  { x, y, size }: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
  },
  colour: string,
  back: string,
): void {
  const polygon = (...points: readonly (readonly [number, number])[]) => {
    context.beginPath();
    points.forEach(([dx, dy], n) => {
      if (n === 0) context.moveTo(x + dx * size, y + dy * size);
      else context.lineTo(x + dx * size, y + dy * size);
    });
    context.closePath();
  };
  const lines = (...ends: readonly (readonly number[])[]) => {
    context.beginPath();
    for (const [fromX, fromY, toX, toY] of ends) {
      context.moveTo(x + fromX! * size, y + fromY! * size);
      context.lineTo(x + toX! * size, y + toY! * size);
    }
    context.stroke();
  };
  const circle = (radius: number) => {
    context.beginPath();
    context.arc(x, y, Math.max(1, radius), 0, 7);
  };
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = Math.max(1.2, size * 0.4);
  switch (kind) {
    case "succeeded":
      circle(size);
      return context.fill();
    case "failed":
      context.lineWidth = Math.max(1.5, size * 0.6);
      return lines([-1, -1, 1, 1], [1, -1, -1, 1]);
    case "missing":
      context.lineWidth = 1.5;
      return context.strokeRect(x - size, y - size, size * 2, size * 2);
    case "progress":
      circle(size - 0.75);
      context.fillStyle = back;
      context.fill();
      context.lineWidth = 1.5;
      return context.stroke();
    case "joined":
      return lines([-1.1, 0, 1.1, 0], [0, -1.1, 0, 1.1]);
    case "left":
      polygon([0.8, -1], [-1, 0], [0.8, 1]);
      return context.fill();
    case "lost":
      polygon([-1.1, -0.9], [1.1, -0.9], [0, 1.1]);
      return context.fill();
    case "redelivered":
      return lines([-1, -1, 0, 0], [0, 0, -1, 1], [0.1, -1, 1.1, 0], [
        ...[1.1, 0, 0.1, 1],
      ]);
    case "evicted":
    case "removed":
      circle(size);
      context.fillStyle = back;
      context.fill();
      context.lineWidth = 1.5;
      context.stroke();
      return lines([-0.7, 0.7, 0.7, -0.7]);
    case "signal":
      return context.fillRect(Math.round(x) - 1, y - size, 2, size * 2);
    case "signal-failed":
    case "signal-missing":
      polygon([0, -1.2], [1, 0], [0, 1.2], [-1, 0]);
      return context.fill();
    case "malformed":
      polygon([-1, -1], [1, -1], [0, 1]);
      return context.fill();
  }
}
