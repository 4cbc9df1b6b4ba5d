/**
 * Draws the disturbances of a recording: gaps and malformed messages.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "../view/dom.ts";
import type { Gap, Oddity } from "../../model.ts";
import { fontOf } from "../view/text.ts";
import type { Theme } from "../view/theme.ts";
import type { Viewport } from "../view/viewport.ts";

/** Draws disturbances, from the left edge of the visible part. */
export class DisturbancePainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #viewport: Viewport;
  readonly #theme: Theme;

  constructor(
    context: CanvasRenderingContext2D,
    viewport: Viewport,
    theme: Theme,
  ) {
    this.#context = context;
    this.#viewport = viewport;
    this.#theme = theme;
  }

  /** Hatches gaps, down to the lower edge. */
  drawGaps(gaps: readonly Gap[], top: number, bottom: number): void {
    let drawn = -Infinity;
    for (const { from, to } of gaps) {
      const left = Math.max(-20, this.#viewport.x(from));
      const right = Math.min(this.#viewport.width, this.#viewport.x(to));
      if (right < 0 || left > this.#viewport.width) continue;
      // Of thousands of short gaps, one is drawn in each pixel.
      if (right - drawn < 1 && right - left < 2) continue;
      drawn = right;
      this.#hatch({ left, top, width: Math.max(2, right - left), bottom });
    }
  }

  /** Marks malformed messages on the axis. */
  drawOddities(oddities: readonly Oddity[], bottom: number): void {
    const context = this.#context;
    context.fillStyle = this.#theme.missing;
    let drawn = -Infinity;
    for (const { at } of oddities) {
      const x = this.#viewport.x(at);
      if (x - drawn < 1) continue;
      drawn = x;
      context.beginPath();
      context.moveTo(x, bottom - 1);
      context.lineTo(x - 5, bottom - 10);
      context.lineTo(x + 5, bottom - 10);
      context.fill();
    }
  }

  #hatch(
    { left, top, width, bottom }: {
      left: number;
      top: number;
      width: number;
      bottom: number;
    },
  ): void {
    const context = this.#context;
    const height = bottom - top;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.globalAlpha = 0.35;
    context.fillStyle = this.#theme.line;
    context.fillRect(left, top, width, height);
    context.strokeStyle = this.#theme.faint;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - height; x < left + width; x += 8) {
      context.moveTo(x, bottom);
      context.lineTo(x + height, top);
    }
    context.stroke();
    context.globalAlpha = 1;
    if (width > 34) {
      context.font = fontOf("600 11px");
      context.fillStyle = this.#theme.text;
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillText("gap", Math.max(left, 0) + 6, top + 9);
    }
    context.restore();
  }
}
