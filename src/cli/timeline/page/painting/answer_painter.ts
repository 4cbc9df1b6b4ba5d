/**
 * Draws the answers of a lane, one line for each responder.
 *
 * @module
 */
import type { Answer, Missing } from "../../model.ts";
import type { LaneView } from "../view/lane_view.ts";
import { fade, type Picture } from "./picture.ts";

/** Draws answers; of several answers within a pixel, only one is drawn. */
export class AnswerPainter {
  readonly #view: LaneView;
  readonly #picture: Picture;
  /** Half of the size of a mark, in pixels. */
  readonly #size: number;

  constructor(view: LaneView, picture: Picture) {
    this.#view = view;
    this.#picture = picture;
    this.#size = Math.min(4, view.answerHeight / 2);
  }

  /** Draws the answers of the lane. */
  draw(): void {
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
    this.#picture.context.globalAlpha = 1;
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
      fade(this.#picture, "signal", signal);
      context.globalAlpha *= 0.15 + 0.35 * count / responders.length;
      context.fillStyle = unheard ? theme.neutral : theme.missing;
      context.fillRect(
        left,
        this.#view.answersTop,
        Math.max(1, right - left - 1),
        responders.length * this.#view.answerHeight,
      );
    }
  }

  #drawAnswer(answer: Answer, index: number, drawn: Float64Array): void {
    const { context, viewport } = this.#picture;
    const { kind, responder } = answer;
    const right = viewport.x(answer.at);
    const left = viewport.x(this.#view.askedAt(answer.signal, answer.at));
    if (right < -6 || left > viewport.width + 6) return;
    if (right - drawn[responder]! < 1) return;
    drawn[responder] = right;
    const y = this.#view.answerY(responder);
    fade(this.#picture, "answer", index);
    context.fillStyle = context.strokeStyle = this.#colourOf(answer);
    if (right - left > 2) this.#drawWait(left, right, y);
    if (kind === "failed") this.#drawCross(right, y);
    else this.#drawDot(right, y, kind === "succeeded");
  }

  /** Draws the line from a signal to its answer. */
  #drawWait(left: number, right: number, y: number): void {
    const { context, viewport } = this.#picture;
    const height = Math.min(3, this.#view.answerHeight / 2);
    const from = Math.max(-2, left);
    const to = Math.min(viewport.width + 2, right);
    const alpha = context.globalAlpha;
    context.globalAlpha = alpha * 0.4;
    context.fillRect(from, y - height / 2, to - from, height);
    context.globalAlpha = alpha;
  }

  #drawDot(x: number, y: number, full: boolean): void {
    const { context, theme } = this.#picture;
    context.beginPath();
    context.arc(x, y, full ? this.#size : Math.max(1, this.#size - 0.75), 0, 7);
    if (full) return context.fill();
    context.fillStyle = theme.back;
    context.fill();
    context.lineWidth = 1.5;
    context.stroke();
  }

  #drawCross(x: number, y: number): void {
    const { context } = this.#picture;
    const size = this.#size;
    context.lineWidth = Math.max(1.5, size * 0.6);
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x + size, y - size);
    context.lineTo(x - size, y + size);
    context.stroke();
  }

  #drawMissing(missed: Missing, index: number, drawn: Float64Array): void {
    const { context, viewport, theme } = this.#picture;
    const { responder, signal, until, unheard } = missed;
    const left = viewport.x(this.#view.askedAt(signal, until));
    const right = viewport.x(until);
    if (right < -6 || left > viewport.width + 6) return;
    if (right - drawn[responder]! < 1) return;
    drawn[responder] = right;
    const y = this.#view.answerY(responder);
    const size = this.#size;
    fade(this.#picture, "missing", index);
    context.strokeStyle = unheard ? theme.neutral : theme.missing;
    context.lineWidth = Math.min(2, this.#view.answerHeight / 2);
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(Math.max(-2, left), y);
    context.lineTo(Math.min(viewport.width + 2, right), y);
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1.5;
    context.strokeRect(left - size, y - size, size * 2, size * 2);
  }

  #colourOf({ kind }: Answer): string {
    const { theme } = this.#picture;
    if (kind === "succeeded") return theme.good;
    return kind === "failed" ? theme.bad : theme.neutral;
  }
}
