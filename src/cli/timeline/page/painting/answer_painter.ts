/**
 * Draws the answers of a lane, one line for each responder.
 *
 * @module
 */
import type { Answer, Missing } from "../../model.ts";
import type { LaneView } from "../view/lane_view.ts";
import { drawGlyph, glyphColour, type GlyphKind } from "./glyphs.ts";
import { type Picture, stands } from "./picture.ts";

/** Draws answers; of several answers within a pixel, only one is drawn. */
export class AnswerPainter {
  readonly #view: LaneView;
  readonly #picture: Picture;
  /** Half of the size of a mark, in pixels. */
  readonly #size: number;

  constructor(view: LaneView, picture: Picture) {
    this.#view = view;
    this.#picture = picture;
    this.#size = Math.min(6.5, view.answerHeight / 2 - 2.5);
  }

  /** Draws the answers of the lane. */
  draw(): void {
    if (this.#view.shown.length === 0) return;
    const { answers, missing, responders } = this.#view.lane;
    this.#drawUnanswered();
    const drawn = new Float64Array(responders.length).fill(-Infinity);
    const wrong = drawn.slice();
    missing.forEach((each, n) => this.#drawMissing(each, n, wrong));
    answers.forEach((each, n) => {
      if (each.kind !== "failed") this.#drawAnswer(each, n, drawn);
    });
    wrong.fill(-Infinity);
    answers.forEach((each, n) => {
      if (each.kind === "failed") this.#drawAnswer(each, n, wrong);
    });
  }

  /** A band over all responders, as dark as many of them are missing. */
  #drawUnanswered(): void {
    const { context, viewport, theme } = this.#picture;
    const { unanswered, responders } = this.#view.lane;
    let drawn = -Infinity;
    for (const { signal, until, count, unheard } of unanswered) {
      const left = Math.max(-2, viewport.x(this.#view.askedAt(signal, until)));
      const right = Math.min(viewport.width + 2, viewport.x(until));
      if (right < -2 || left > viewport.width + 2 || right - drawn < 1) {
        continue;
      }
      drawn = right;
      const isColoured = stands(this.#picture, "signal", signal) && !unheard;
      context.globalAlpha = 0.15 + 0.35 * count / responders.length;
      context.fillStyle = isColoured ? theme.missing : theme.neutral;
      context.fillRect(
        left,
        this.#view.answersTop,
        Math.max(1, right - left - 1),
        this.#view.shown.length * this.#view.answerHeight,
      );
    }
    context.globalAlpha = 1;
  }

  #drawAnswer(answer: Answer, index: number, drawn: Float64Array): void {
    const { context, viewport, theme } = this.#picture;
    const { kind, responder, reported } = answer;
    if (this.#view.rowOf(responder) === -1) return;
    const right = viewport.x(answer.at);
    const left = viewport.x(this.#view.askedAt(answer.signal, answer.at));
    if (right < -8 || left > viewport.width + 8) return;
    // A report is rare, and is drawn even beside an answer.
    if (right - drawn[responder]! < 1 && !reported) return;
    drawn[responder] = right;
    const isColoured = stands(this.#picture, "answer", index);
    context.fillStyle = isColoured ? glyphColour(kind, theme) : theme.faint;
    if (right - left > 2 && !reported) this.#drawWait(left, right, responder);
    this.#drawMark(kind, right, responder, isColoured);
  }

  /** Draws the line from a signal to its answer. */
  #drawWait(left: number, right: number, responder: number): void {
    const { context, viewport } = this.#picture;
    const y = this.#view.answerY(responder);
    const height = Math.min(3, this.#size / 2 + 0.5);
    const from = Math.max(-2, left);
    const to = Math.min(viewport.width + 2, right);
    context.globalAlpha = 0.4;
    context.fillRect(from, y - height / 2, to - from, height);
    context.globalAlpha = 1;
  }

  /** A mark in the row of a responder; grey where it does not stand out. */
  #drawMark(
    kind: GlyphKind,
    x: number,
    responder: number,
    isColoured: boolean,
  ): void {
    const { context, viewport, theme } = this.#picture;
    const isSeen = x >= -8 && x <= viewport.width + 8;
    if (!isSeen || this.#view.rowOf(responder) === -1) return;
    const y = this.#view.answerY(responder);
    const colour = isColoured ? glyphColour(kind, theme) : theme.faint;
    const place = { x, y, size: this.#size };
    drawGlyph(context, kind, place, colour, theme.back);
  }

  #drawMissing(missed: Missing, index: number, drawn: Float64Array): void {
    const { context, viewport, theme } = this.#picture;
    const { responder, signal, until, unheard } = missed;
    if (this.#view.rowOf(responder) === -1) return;
    const left = viewport.x(this.#view.askedAt(signal, until));
    const right = viewport.x(until);
    if (right < -8 || left > viewport.width + 8) return;
    if (right - drawn[responder]! < 1) return;
    drawn[responder] = right;
    const y = this.#view.answerY(responder);
    const isColoured = stands(this.#picture, "missing", index) && !unheard;
    context.strokeStyle = isColoured ? theme.missing : theme.faint;
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(Math.max(-2, left), y);
    context.lineTo(Math.min(viewport.width + 2, right), y);
    context.stroke();
    context.setLineDash([]);
    this.#drawMark("missing", left, responder, isColoured);
  }
}
