/**
 * Draws the head of a lane: the line of its signals, and its phases.
 *
 * @module
 */
import type { Phase } from "../../model.ts";
import type { LaneView, Outcome } from "../view/lane_view.ts";
import { baseName } from "../view/phase_colours.ts";
import { drawGlyph, glyphColour } from "./glyphs.ts";
import { type Picture, stands } from "./picture.ts";
import { fontOf, shorten } from "../view/text.ts";

/** Draws one head; the origin of the context is its upper left corner. */
export class HeadPainter {
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
    const { context, viewport, theme } = this.#picture;
    const left = Math.max(-4, viewport.x(phase.from));
    const right = Math.min(viewport.width + 4, viewport.x(phase.to));
    const width = Math.max(1, right - left - (right - left > 4 ? 1 : 0));
    const top = this.#view.phaseY(phase.row);
    const height = this.#view.phaseHeight;
    const outcome = this.#view.outcomes[phase.signal]!;
    const isColoured = stands(this.#picture, "signal", phase.signal);
    const colour = isColoured ? this.#view.colours.get(baseName(phase)) : "";
    context.fillStyle = isColoured ? colour : theme.stripe;
    if (width < 4) {
      const isFine = outcome === "fine" || !isColoured;
      if (!isFine) context.fillStyle = this.#colourOf(outcome);
      context.fillRect(left, top, isFine ? width : Math.max(2, width), height);
      return;
    }
    this.#fillBar(left, top, width);
    if (phase.open && right <= viewport.width) {
      this.#drawOpenEnd(left, top, width);
    }
    if (phase.attempt !== undefined) this.#drawAgain(left, top, width);
    if (outcome !== "fine" && isColoured) {
      this.#frameBar(left, top, width, this.#colourOf(outcome));
      context.fillRect(left, top, Math.min(5, width), height);
    } else if (!isColoured) {
      this.#frameBar(left, top, width, theme.line);
    }
    context.fillStyle = isColoured ? "#fff" : theme.faint;
    this.#label(phase, left + (outcome === "fine" ? 6 : 10), top, right);
  }

  #fillBar(left: number, top: number, width: number): void {
    const { context } = this.#picture;
    context.beginPath();
    context.roundRect(left, top, width, this.#view.phaseHeight, 4);
    context.fill();
  }

  #frameBar(left: number, top: number, width: number, colour: string): void {
    const { context } = this.#picture;
    const height = this.#view.phaseHeight - 2;
    context.fillStyle = context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left + 1, top + 1, width - 2, height, 3);
    context.stroke();
  }

  /** Dashes along the lower edge: the publisher is in this phase once more. */
  #drawAgain(left: number, top: number, width: number): void {
    const { context, theme } = this.#picture;
    const y = top + this.#view.phaseHeight - 4;
    context.fillStyle = theme.back;
    for (let x = left + 4; x < left + width - 3; x += 7) {
      context.fillRect(x, y, Math.min(4, left + width - 3 - x), 2);
    }
  }

  /** Draws a phase that fades out, because its end is not known. */
  #drawOpenEnd(left: number, top: number, width: number): void {
    const { context, theme } = this.#picture;
    const length = Math.min(width / 2, 40);
    const from = left + width - length;
    const gradient = context.createLinearGradient(from, 0, from + length, 0);
    gradient.addColorStop(0, "transparent");
    gradient.addColorStop(1, theme.back);
    context.fillStyle = gradient;
    context.fillRect(from, top, length + 1, this.#view.phaseHeight);
  }

  /** The name, or as much as tells the phase from others; at least its number in the legend. */
  #label(phase: Phase, left: number, top: number, right: number): void {
    const { context, viewport } = this.#picture;
    const begin = Math.max(left, 6);
    const room = Math.min(right, viewport.width) - begin - 4;
    context.font = fontOf("500 12px");
    context.textBaseline = "middle";
    context.textAlign = "left";
    const key = String(this.#view.colours.keyOf(baseName(phase)));
    const [sample] = /#-?\d+$/.exec(phase.name) ?? [];
    const again = phase.attempt === undefined ? "" : ` (${phase.attempt})`;
    const width = (text: string) => context.measureText(text).width;
    const cut = room < 40
      ? []
      : [shorten(context, phase.name, room - width(again)) + again];
    const fits = [
      phase.name + again,
      ...(sample === undefined ? cut : [sample + again, sample]),
      key + again,
    ].find((text) => width(text) <= room);
    const y = top + this.#view.phaseHeight / 2 + 0.5;
    if (fits !== undefined) return context.fillText(fits, begin, y);
    // The number may fill the bar.
    const space = Math.min(right, viewport.width) - begin + 6 - width(key);
    if (space >= 3) context.fillText(key, begin - 6 + space / 2, y);
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
    const outcome = outcomes[index]!;
    const isFine = outcome === "fine";
    const kind = isFine ? "signal" as const : `signal-${outcome}` as const;
    const colour = stands(this.#picture, "signal", index)
      ? glyphColour(kind, theme)
      : theme.faint;
    const place = { x, y: trackY, size: isFine ? 5 : 6 };
    drawGlyph(context, kind, place, colour, theme.back);
  }

  #colourOf(outcome: Outcome): string {
    const { theme } = this.#picture;
    return outcome === "failed" ? theme.bad : theme.missing;
  }
}
