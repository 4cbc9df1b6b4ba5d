/**
 * Which part of the time is to be seen, and where it is on the screen.
 *
 * @module
 */

/** A window on the time axis, as wide as so many pixels. */
export class Viewport {
  /** The first moment that is to be seen. */
  from: number;
  /** The last one. */
  to: number;
  /** Pixels. */
  width = 1;
  readonly #start: number;
  readonly #end: number;
  readonly #shortest: number;

  /** @param end The last moment that there is. */
  constructor(end: number) {
    const margin = Math.max(end, 1) * 0.015;
    this.#start = -margin;
    this.#end = Math.max(end, 1) + margin;
    // Finer than a microsecond nothing was recorded.
    this.#shortest = Math.min(0.01, this.#end - this.#start);
    this.from = this.#start;
    this.to = this.#end;
  }

  /** Milliseconds that are to be seen. */
  get span(): number {
    return this.to - this.from;
  }

  /** Where a moment is. */
  x(t: number): number {
    return (t - this.from) / this.span * this.width;
  }

  /** Which moment is there. */
  t(x: number): number {
    return this.from + x / this.width * this.span;
  }

  /** Shows more (over 1) or less (below 1) of it; what is at `x` stays there. */
  zoom(factor: number, x: number = this.width / 2): void {
    const longest = this.#end - this.#start;
    const span = Math.min(
      longest,
      Math.max(this.#shortest, this.span * factor),
    );
    const from = this.t(x) - x / this.width * span;
    this.#move(from, span);
  }

  /** Moves on by so many pixels. */
  pan(pixels: number): void {
    this.#move(this.from + pixels / this.width * this.span, this.span);
  }

  /** Shows all there is. */
  fit(): void {
    this.#move(this.#start, this.#end - this.#start);
  }

  /** Shows a span with some room around it. */
  show(from: number, to: number): void {
    const span = Math.max(to - from, this.#shortest * 10) * 1.4;
    this.#move(
      (from + to - span) / 2,
      Math.min(span, this.#end - this.#start),
    );
  }

  /** Moves so that a moment is in the middle. */
  centre(t: number): void {
    this.#move(t - this.span / 2, this.span);
  }

  #move(from: number, span: number): void {
    this.from = Math.max(this.#start, Math.min(from, this.#end - span));
    this.to = this.from + span;
  }
}
