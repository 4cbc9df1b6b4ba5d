/**
 * Draws the visible lanes on their canvas.
 *
 * @module
 */
import type { CanvasRenderingContext2D } from "./view/dom.ts";
import type { Timeline } from "../model.ts";
import { drawAxis, ticksOf } from "./painting/axis.ts";
import { AnswerPainter } from "./painting/answer_painter.ts";
import { DisturbancePainter } from "./painting/disturbances.ts";
import { formatMoment } from "./view/format.ts";
import { drawLaneName, drawResponderNames } from "./painting/gutter.ts";
import { HeadPainter } from "./painting/head_painter.ts";
import { hitLane, hitName } from "./view/hit.ts";
import type { LaneView } from "./view/lane_view.ts";
import { Layout } from "./view/layout.ts";
import type { PhaseColours } from "./view/phase_colours.ts";
import type { Item } from "./view/item.ts";
import type { Found } from "./view/search.ts";
import { fontOf } from "./view/text.ts";
import type { Theme } from "./view/theme.ts";
import type { Viewport } from "./view/viewport.ts";

/** The state of the chart that {@linkcode Chart} draws. */
export interface ChartState {
  readonly theme: Theme;
  readonly found: Found | undefined;
  /** Pixels of the lanes that are scrolled off above the chart. */
  readonly scroll: number;
  /** The place of the pointer, if it is over the chart. */
  readonly pointer: { readonly x: number; readonly y: number } | undefined;
  /** The chosen thing, if there is one. */
  readonly chosen: Item | undefined;
  /** The thing that the keyboard is at. */
  readonly cursor: Item | undefined;
}

/** Draws lanes below an axis, with their names on the left. */
export class Chart {
  static readonly AXIS = 34;

  readonly layout: Layout;
  /** Pixels for the names of the lanes. */
  gutter = 220;
  readonly #timeline: Timeline;
  readonly #viewport: Viewport;
  #height = 0;

  constructor(timeline: Timeline, viewport: Viewport, colours: PhaseColours) {
    this.#timeline = timeline;
    this.#viewport = viewport;
    this.layout = new Layout(timeline, colours);
  }

  get views(): readonly LaneView[] {
    return this.layout.views;
  }

  get #width(): number {
    return this.gutter + this.#viewport.width;
  }

  /** Gives the canvas the size of its place. */
  resize(width: number, height: number): void {
    this.gutter = Math.min(220, Math.round(width * 0.32));
    this.#viewport.width = Math.max(1, width - this.gutter);
    this.#height = height;
    this.layout.arrange(height - Chart.AXIS);
  }

  /** Draws everything. */
  draw(context: CanvasRenderingContext2D, state: ChartState): void {
    context.clearRect(0, 0, this.#width, this.#height);
    this.#withinPlot(context, Chart.AXIS, () => this.#drawGrid(context, state));
    const { views, shown } = this.layout;
    const end = state.scroll + this.#height - Chart.AXIS;
    for (const index of shown) {
      const { y, height } = views[index]!;
      if (y + height > state.scroll && y < end) {
        this.#drawLane(context, index, state);
      }
    }
    if (shown.length === 0) this.#drawEmpty(context, state.theme);
    this.#withinPlot(context, 0, () => this.#drawAbove(context, state));
    this.#drawPointer(context, state);
  }

  /** The thing at a place of the canvas, if there is one. */
  hit(x: number, y: number, scroll: number): Item | undefined {
    const inside = x - this.gutter;
    if (y < Chart.AXIS) return inside < 0 ? undefined : this.#hitAxis(inside);
    const at = y - Chart.AXIS + scroll;
    const lane = this.layout.laneAt(at);
    const view = this.views[lane];
    if (view === undefined) {
      return inside < 0 ? undefined : this.#hitGap(inside);
    }
    const pinned = at - view.y - view.pinAt(scroll);
    const below = pinned < view.answersTop ? pinned : at - view.y;
    if (inside < 0) return hitName(view, lane, below);
    return hitLane(view, lane, this.#viewport, inside, below) ??
      this.#hitGap(inside);
  }

  #hitAxis(x: number): Item | undefined {
    const index = this.#timeline.oddities.findIndex(({ at }) =>
      Math.abs(this.#viewport.x(at) - x) <= 6
    );
    return index === -1 ? undefined : { kind: "oddity", lane: -1, index };
  }

  #hitGap(x: number): Item | undefined {
    const t = this.#viewport.t(x);
    const index = this.#timeline.gaps.findIndex(({ from, to }) =>
      from <= t && to >= t
    );
    return index === -1 ? undefined : { kind: "gap", lane: -1, index };
  }

  /** Draws the plot; x is 0 at its left edge. */
  #withinPlot(
    context: CanvasRenderingContext2D,
    top: number,
    draw: () => void,
  ): void {
    context.save();
    context.beginPath();
    context.rect(this.gutter, top, this.#viewport.width, this.#height - top);
    context.clip();
    context.translate(this.gutter, 0);
    draw();
    context.restore();
  }

  #drawGrid(context: CanvasRenderingContext2D, { theme }: ChartState): void {
    context.fillStyle = theme.stripe;
    for (const moment of ticksOf(this.#viewport).moments) {
      const x = Math.round(this.#viewport.x(moment));
      context.fillRect(x, Chart.AXIS, 1, this.#height);
    }
  }

  #drawEmpty(context: CanvasRenderingContext2D, theme: Theme): void {
    context.font = fontOf("13px");
    context.fillStyle = theme.faint;
    context.textAlign = "left";
    context.textBaseline = "middle";
    const text = this.layout.onlyFailed
      ? "Nothing failed, and no answer is missing."
      : "No publisher was recorded.";
    context.fillText(text, 16, Chart.AXIS + 24);
  }

  /** Draws the rows of responders, and over them the head, which stays in sight. */
  #drawLane(
    context: CanvasRenderingContext2D,
    index: number,
    state: ChartState,
  ): void {
    const { theme, found, scroll, chosen, cursor } = state;
    const view = this.views[index]!;
    const top = Chart.AXIS + view.y - scroll;
    const pin = view.pinAt(scroll);
    const picture = { context, viewport: this.#viewport, theme, found, index };
    const headEnd = Math.max(
      Chart.AXIS,
      top + pin + (pin > 0 ? view.answersTop : 0),
    );
    this.#below(context, headEnd, top, () => {
      drawResponderNames(context, view, this.gutter, theme);
    });
    this.#withinPlot(context, headEnd, () => {
      context.translate(0, top);
      new AnswerPainter(view, picture).draw();
    });
    this.#below(context, Chart.AXIS, top + pin, () => {
      drawLaneName(context, view, this.gutter, theme);
    });
    this.#withinPlot(context, Chart.AXIS, () => {
      context.translate(0, top + pin);
      new HeadPainter(view, picture).draw();
    });
    this.#below(context, Chart.AXIS, top, () => {
      context.fillStyle = theme.line;
      context.fillRect(0, Math.round(view.height) - 1, this.#width, 1);
      if (pin > 0) {
        context.fillRect(0, pin + view.answersTop - 1, this.#width, 1);
      }
      if (chosen?.lane === index) this.#frame(context, chosen, pin, theme.text);
      if (cursor?.lane === index) {
        this.#frame(context, cursor, pin, theme.accent);
      }
    });
  }

  /** Draws below a height, the left edge of the canvas and a height being the origin. */
  #below(
    context: CanvasRenderingContext2D,
    clip: number,
    top: number,
    draw: () => void,
  ): void {
    context.save();
    context.beginPath();
    context.rect(0, clip, this.#width, this.#height - clip);
    context.clip();
    context.translate(0, top);
    draw();
    context.restore();
  }

  /** Frames one thing of a lane. */
  #frame(
    context: CanvasRenderingContext2D,
    item: Item,
    pin: number,
    colour: string,
  ): void {
    const view = this.views[item.lane]!;
    const responder = view.responderOf(item);
    if (responder !== -1 && view.rowOf(responder) === -1) return;
    const { from, to, y, height } = view.placeOf(item);
    const isName = Number.isNaN(from);
    const left = isName
      ? 3
      : Math.max(this.gutter - 8, this.gutter + this.#viewport.x(from) - 6);
    const right = isName
      ? this.gutter - 5
      : Math.min(this.#width + 8, this.gutter + this.#viewport.x(to) + 6);
    if (right < left) return;
    const isHead = responder === -1;
    const top = y + (isHead ? pin : 0) - (isHead && !isName ? 3 : 0);
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(
      left,
      top,
      right - left,
      height + (isHead && !isName ? 6 : 0),
      5,
    );
    context.stroke();
  }

  #drawAbove(context: CanvasRenderingContext2D, { theme }: ChartState): void {
    const { gaps, oddities } = this.#timeline;
    const painter = new DisturbancePainter(context, this.#viewport, theme);
    painter.drawGaps(gaps, Chart.AXIS, this.#height);
    drawAxis(context, this.#viewport, Chart.AXIS, theme);
    painter.drawOddities(oddities, Chart.AXIS);
  }

  #drawPointer(
    context: CanvasRenderingContext2D,
    { pointer, theme }: ChartState,
  ): void {
    if (pointer === undefined || pointer.x < this.gutter) return;
    const t = this.#viewport.t(pointer.x - this.gutter);
    const x = Math.round(pointer.x);
    context.fillStyle = theme.faint;
    context.globalAlpha = 0.6;
    context.fillRect(x, Chart.AXIS - 8, 1, this.#height);
    context.globalAlpha = 1;
    context.font = fontOf("600 11px");
    const label = formatMoment(Math.max(0, t), this.#viewport.span / 1_000);
    const width = context.measureText(label).width + 12;
    const edge = this.#width - width;
    const left = Math.min(edge, Math.max(this.gutter, x - width / 2));
    context.fillStyle = theme.text;
    context.beginPath();
    context.roundRect(left, 5, width, 18, 4);
    context.fill();
    context.fillStyle = theme.back;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(label, left + 6, 14.5);
  }
}
