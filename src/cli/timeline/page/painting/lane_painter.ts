/**
 * Draws a lane: the line of its signals, and its phases.
 *
 * @module
 */
import type { Phase } from "../../model.ts";
import { LaneView, type Outcome } from "../view/lane_view.ts";
import { baseName } from "../view/phase_colours.ts";
import { fade, type Picture } from "./picture.ts";
import type { Item } from "../view/item.ts";
import { fontOf, shorten } from "../view/text.ts";

/** Draws one lane; the origin of the context is the lane's upper left corner. */
export class LanePainter {
  readonly #view: LaneView;
  readonly #picture: Picture;

  constructor(view: LaneView, picture: Picture) {
    this.#view = view;
    this.#picture = picture;
  }

  /** Draws the lane. */
  draw(): void {
    this.#drawLives();
    this.#drawPhases();
    this.#drawSignals();
    this.#picture.context.globalAlpha = 1;
  }

  /** Frames one thing of the lane. */
  drawFrame(item: Item): void {
    const { context, viewport, theme } = this.#picture;
    const { from, to, y, height } = this.#view.placeOf(item);
    const left = viewport.x(from) - 4;
    const width = viewport.x(to) + 4 - left;
    context.strokeStyle = theme.text;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left, y - 3, width, height + 6, 6);
    context.stroke();
  }

  #drawLives(): void {
    const { context, viewport, theme } = this.#picture;
    context.fillStyle = theme.line;
    for (const { from, to } of this.#view.lane.lives) {
      const x = viewport.x(from);
      const width = Math.max(1, viewport.x(to) - x);
      context.fillRect(x, this.#view.trackY - 1, width, 2);
    }
  }

  /** Draws phases. Of several within a pixel, only one is drawn; failed ones are drawn last. */
  #drawPhases(): void {
    const { viewport } = this.#picture;
    const { lane, outcomes, rows } = this.#view;
    const drawn = new Float64Array(rows).fill(-Infinity);
    const wrong: Phase[] = [];
    for (const phase of lane.phases) {
      const right = viewport.x(phase.to);
      if (right < 0 || viewport.x(phase.from) > viewport.width) continue;
      if (outcomes[phase.signal] !== "fine") wrong.push(phase);
      else if (right - drawn[phase.row]! >= 1) {
        this.#drawPhase(phase);
        drawn[phase.row] = Math.floor(right);
      }
    }
    drawn.fill(-Infinity);
    for (const phase of wrong) {
      const right = viewport.x(phase.to);
      if (right - drawn[phase.row]! < 1) continue;
      this.#drawPhase(phase);
      drawn[phase.row] = Math.floor(right);
    }
  }

  #drawPhase(phase: Phase): void {
    const { context, viewport } = this.#picture;
    const left = Math.max(-4, viewport.x(phase.from));
    const right = Math.min(viewport.width + 4, viewport.x(phase.to));
    const width = Math.max(1, right - left - (right - left > 4 ? 1 : 0));
    const top = this.#view.phaseY(phase.row);
    const outcome = this.#view.outcomes[phase.signal]!;
    fade(this.#picture, "signal", phase.signal);
    context.fillStyle = this.#view.colours.get(baseName(phase));
    if (width < 4) {
      const isFine = outcome === "fine";
      if (!isFine) context.fillStyle = this.#colourOf(outcome);
      const least = isFine ? width : Math.max(2, width);
      context.fillRect(left, top, least, LaneView.PHASE);
      return;
    }
    this.#fillBar(left, top, width);
    if (phase.open && right <= viewport.width) {
      this.#drawOpenEnd(left, top, width);
    }
    if (outcome !== "fine") {
      context.strokeStyle = this.#colourOf(outcome);
      context.lineWidth = 2;
      context.beginPath();
      context.roundRect(left + 1, top + 1, width - 2, LaneView.PHASE - 2, 3);
      context.stroke();
      context.fillStyle = this.#colourOf(outcome);
      context.fillRect(left, top, Math.min(5, width), LaneView.PHASE);
    }
    this.#label(phase.name, left + (outcome === "fine" ? 7 : 11), top, right);
  }

  #fillBar(left: number, top: number, width: number): void {
    const { context } = this.#picture;
    context.beginPath();
    context.roundRect(left, top, width, LaneView.PHASE, 4);
    context.fill();
  }

  /** Draws a phase that fades out, because its end is not known. */
  #drawOpenEnd(left: number, top: number, width: number): void {
    const { context, theme } = this.#picture;
    const length = Math.min(width, 40);
    const gradient = context.createLinearGradient(
      left + width - length,
      0,
      left + width,
      0,
    );
    gradient.addColorStop(0, "transparent");
    gradient.addColorStop(1, theme.back);
    context.fillStyle = gradient;
    context.fillRect(
      left + width - length,
      top,
      length + 1,
      LaneView.PHASE,
    );
  }

  #label(text: string, left: number, top: number, right: number): void {
    const { context, viewport } = this.#picture;
    const room = Math.min(right, viewport.width) - Math.max(left, 7) - 6;
    if (room < 14) return;
    context.font = fontOf("500 12px");
    context.fillStyle = "#fff";
    context.textBaseline = "middle";
    context.textAlign = "left";
    // If the text has no room, its sample at the end tells phases apart.
    const fits = context.measureText(text).width <= room;
    const [sample = text] = /#-?\d+$/.exec(text) ?? [];
    context.fillText(
      shorten(context, fits ? text : sample, room),
      Math.max(left, 7),
      top + LaneView.PHASE / 2 + 0.5,
    );
  }

  #drawSignals(): void {
    const { lane, outcomes } = this.#view;
    for (const fine of [true, false]) {
      let drawn = -Infinity;
      lane.signals.forEach((signal, index) => {
        if (outcomes[index] === "fine" !== fine) return;
        const x = this.#picture.viewport.x(signal.at);
        if (x - drawn < 1) return;
        drawn = x;
        this.#drawSignal(x, index);
      });
    }
  }

  #drawSignal(x: number, index: number): void {
    const { context, viewport, theme } = this.#picture;
    const { trackY, outcomes } = this.#view;
    if (x < -6 || x > viewport.width + 6) return;
    fade(this.#picture, "signal", index);
    const outcome = outcomes[index]!;
    if (outcome === "fine") {
      context.fillStyle = theme.faint;
      context.fillRect(Math.round(x) - 1, trackY - 5, 2, 10);
    } else {
      context.fillStyle = this.#colourOf(outcome);
      this.#fillDiamond(x, trackY);
    }
  }

  #fillDiamond(x: number, y: number): void {
    const { context } = this.#picture;
    context.beginPath();
    context.moveTo(x, y - 7);
    context.lineTo(x + 6, y);
    context.lineTo(x, y + 7);
    context.lineTo(x - 6, y);
    context.fill();
  }

  #colourOf(outcome: Outcome): string {
    const { theme } = this.#picture;
    return outcome === "failed" ? theme.bad : theme.missing;
  }
}
