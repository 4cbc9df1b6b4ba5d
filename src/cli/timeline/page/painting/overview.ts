/**
 * The overview: the whole time in one strip.
 *
 * @module
 */
import type {
  CanvasRenderingContext2D,
  HTMLCanvasElement,
} from "../view/dom.ts";
import type { Gap } from "../../model.ts";
import type { LaneView } from "../view/lane_view.ts";
import { baseName } from "../view/phase_colours.ts";
import type { Theme } from "../view/theme.ts";
import type { Viewport } from "../view/viewport.ts";

/** The place of the overview, in pixels. */
export interface OverviewPlace {
  /** The left edge of the time. */
  readonly left: number;
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen for each pixel of the page. */
  readonly density: number;
}

/** Draws every lane as a thin line. */
export class Overview {
  readonly #views: readonly LaneView[];
  readonly #gaps: readonly Gap[];
  readonly #whole: Viewport;
  readonly #image: HTMLCanvasElement;
  #left = 0;
  /** The size and the theme that the image was drawn for. */
  #look = "";

  /**
   * @param whole The viewport of the whole time.
   * @param image A canvas that is not shown.
   */
  constructor(
    views: readonly LaneView[],
    gaps: readonly Gap[],
    whole: Viewport,
    image: HTMLCanvasElement,
  ) {
    this.#views = views;
    this.#gaps = gaps;
    this.#whole = whole;
    this.#image = image;
  }

  /** The moment at a place. */
  t(x: number): number {
    return this.#whole.t(x - this.#left);
  }

  /** Draws the overview, and marks the part that the chart shows. */
  draw(
    context: CanvasRenderingContext2D,
    place: OverviewPlace,
    viewport: Viewport,
    theme: Theme,
  ): void {
    const { left, width, height } = place;
    this.#left = left;
    const inner = width - left;
    const look = [inner, height, place.density, theme.back].join();
    if (look !== this.#look) {
      this.#look = look;
      this.#whole.width = inner;
      this.#render(place, theme);
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(this.#image, left, 0, inner, height);
    this.#drawWindow(context, place, viewport, theme);
  }

  /** Draws the lanes; only once for each size and theme, because there may be many signals. */
  #render({ height, density }: OverviewPlace, theme: Theme): void {
    this.#image.width = Math.max(1, Math.round(this.#whole.width * density));
    this.#image.height = Math.round(height * density);
    const context = this.#image.getContext("2d")!;
    context.scale(density, density);
    context.fillStyle = theme.line;
    for (const { from, to } of this.#gaps) {
      const x = this.#whole.x(from);
      context.fillRect(x, 0, Math.max(2, this.#whole.x(to) - x), height);
    }
    const step = Math.min(14, (height - 6) / this.#views.length);
    const top = (height - step * this.#views.length) / 2;
    this.#views.forEach((view, n) =>
      this.#renderLane(context, view, top + n * step, Math.max(1, step - 2))
    );
    this.#views.forEach((view, n) =>
      this.#renderFaults(
        context,
        view,
        top + n * step,
        Math.max(3, step - 1),
        theme,
      )
    );
  }

  #renderLane(
    context: CanvasRenderingContext2D,
    { lane, colours, rows }: LaneView,
    y: number,
    height: number,
  ): void {
    const drawn = new Float64Array(rows).fill(-Infinity);
    for (const phase of lane.phases) {
      const right = this.#whole.x(phase.to);
      if (right - drawn[phase.row]! < 0.5) continue;
      drawn[phase.row] = right;
      const left = this.#whole.x(phase.from);
      const each = height / rows;
      context.fillStyle = colours.get(baseName(phase))!;
      context.fillRect(
        left,
        y + phase.row * each,
        Math.max(0.5, right - left),
        Math.max(0.5, each),
      );
    }
  }

  #renderFaults(
    context: CanvasRenderingContext2D,
    { lane, outcomes }: LaneView,
    y: number,
    height: number,
    theme: Theme,
  ): void {
    for (const outcome of ["missing", "failed"] as const) {
      context.fillStyle = outcome === "failed" ? theme.bad : theme.missing;
      let drawn = -Infinity;
      lane.signals.forEach(({ at }, index) => {
        if (outcomes[index] !== outcome) return;
        const x = this.#whole.x(at);
        if (x - drawn < 1) return;
        drawn = x;
        context.fillRect(x - 1, y - 0.5, 3, height);
      });
    }
  }

  #drawWindow(
    context: CanvasRenderingContext2D,
    { left, width, height }: OverviewPlace,
    viewport: Viewport,
    theme: Theme,
  ): void {
    const from = Math.max(left, left + this.#whole.x(viewport.from));
    const to = Math.min(width, left + this.#whole.x(viewport.to));
    context.fillStyle = theme.panel;
    context.globalAlpha = 0.7;
    context.fillRect(left, 0, from - left, height);
    context.fillRect(to, 0, width - to, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(
      from + 0.75,
      0.75,
      Math.max(2, to - from - 1.5),
      height - 1.5,
    );
  }
}
