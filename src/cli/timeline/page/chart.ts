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
import { drawNames } from "./painting/gutter.ts";
import { hitLane } from "./view/hit.ts";
import { LaneView } from "./view/lane_view.ts";
import { LanePainter } from "./painting/lane_painter.ts";
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
}

/** Draws lanes below an axis, with their names on the left. */
export class Chart {
  static readonly AXIS = 34;

  readonly views: readonly LaneView[];
  /** Pixels for the names of the lanes. */
  gutter = 220;
  readonly #timeline: Timeline;
  readonly #viewport: Viewport;
  #height = 0;

  constructor(timeline: Timeline, viewport: Viewport, colours: PhaseColours) {
    this.#timeline = timeline;
    this.#viewport = viewport;
    let y = 0;
    this.views = timeline.lanes.map((lane) => {
      const view = new LaneView(lane, y, colours);
      y += view.height;
      return view;
    });
  }

  /** The height of all lanes in pixels. */
  get contentHeight(): number {
    const last = this.views.at(-1);
    return last === undefined ? 0 : last.y + last.height;
  }

  get #width(): number {
    return this.gutter + this.#viewport.width;
  }

  /** Gives the canvas the size of its place. */
  resize(width: number, height: number): void {
    this.gutter = Math.min(220, Math.round(width * 0.3));
    this.#viewport.width = Math.max(1, width - this.gutter);
    this.#height = height;
  }

  /** Draws everything. */
  draw(context: CanvasRenderingContext2D, state: ChartState): void {
    context.clearRect(0, 0, this.#width, this.#height);
    const [first, last] = this.#visible(state.scroll);
    this.#withinPlot(context, Chart.AXIS, () => this.#drawGrid(context, state));
    for (let index = first; index < last; index++) {
      this.#drawLane(context, index, state);
    }
    this.#withinPlot(context, 0, () => this.#drawAbove(context, state));
    this.#drawPointer(context, state);
  }

  /** The thing at a place of the canvas, if there is one. */
  hit(x: number, y: number, scroll: number): Item | undefined {
    const inside = x - this.gutter;
    if (inside < 0) return undefined;
    if (y < Chart.AXIS) return this.#hitAxis(inside);
    const at = y - Chart.AXIS + scroll;
    const lane = this.#laneAt(at);
    const view = this.views[lane];
    const item = view === undefined
      ? undefined
      : hitLane(view, lane, this.#viewport, inside, at - view.y);
    return item ?? this.#hitGap(inside);
  }

  #laneAt(y: number): number {
    return this.views.findIndex((view) =>
      y >= view.y && y < view.y + view.height
    );
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

  /** The first visible lane, and the lane after the last visible one. */
  #visible(scroll: number): [first: number, last: number] {
    const seen = this.#height - Chart.AXIS;
    const first = this.views.findIndex(({ y, height }) => y + height > scroll);
    const last = this.views.findIndex(({ y }) => y > scroll + seen);
    return [Math.max(0, first), last === -1 ? this.views.length : last];
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

  #drawLane(
    context: CanvasRenderingContext2D,
    index: number,
    { theme, found, chosen, scroll }: ChartState,
  ): void {
    const view = this.views[index]!;
    const top = Chart.AXIS + view.y - scroll;
    const viewport = this.#viewport;
    this.#withinPlot(context, Chart.AXIS, () => {
      context.translate(0, top);
      const picture = { context, viewport, theme, found, index };
      const painter = new LanePainter(view, picture);
      painter.draw();
      new AnswerPainter(view, picture).draw();
      if (chosen?.lane === index) painter.drawFrame(chosen);
    });
    context.save();
    context.beginPath();
    context.rect(0, Chart.AXIS, this.#width, this.#height - Chart.AXIS);
    context.clip();
    context.translate(0, top);
    drawNames(context, view, this.gutter, theme);
    context.fillStyle = theme.line;
    context.fillRect(0, Math.round(view.height) - 1, this.#width, 1);
    context.restore();
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
