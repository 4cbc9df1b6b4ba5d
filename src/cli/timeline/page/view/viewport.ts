/**
 * The visible part of the time, and its places on the screen.
 *
 * @module
 */

/** A part of the time axis, and its width in pixels. */
export class Viewport {
  /** The first visible moment. */
  from: number;
  /** The last visible moment. */
  to: number;
  /** The width in pixels. */
  width = 1;
  readonly #start: number;
  readonly #end: number;
  readonly #shortest: number;

  /** @param end The last moment of the timeline. */
  constructor(end: number) {
    const margin = Math.max(end, 1) * 0.015;
    this.#start = -margin;
    this.#end = Math.max(end, 1) + margin;
    // The recording is not finer than a microsecond.
    this.#shortest = Math.min(0.01, this.#end - this.#start);
    this.from = this.#start;
    this.to = this.#end;
  }

  /** The visible milliseconds. */
  get span(): number {
    return this.to - this.from;
  }

  /** The place of a moment. */
  x(t: number): number {
    return (t - this.from) / this.span * this.width;
  }

  /** The moment at a place. */
  t(x: number): number {
    return this.from + x / this.width * this.span;
  }

  /** Zooms out (over 1) or in (below 1); the moment at `x` keeps its place. */
  zoom(factor: number, x: number = this.width / 2): void {
    const longest = this.#end - this.#start;
    const span = Math.min(
      longest,
      Math.max(this.#shortest, this.span * factor),
    );
    const from = this.t(x) - x / this.width * span;
    this.#move(from, span);
  }

  /** Moves by so many pixels. */
  pan(pixels: number): void {
    this.#move(this.from + pixels / this.width * this.span, this.span);
  }

  /** Shows the whole timeline. */
  fit(): void {
    this.#move(this.#start, this.#end - this.#start);
  }

  /** Shows a span, with some room around it. */
  show(from: number, to: number): void {
    const span = Math.max(to - from, this.#shortest * 10) * 1.4;
    this.#move(
      (from + to - span) / 2,
      Math.min(span, this.#end - this.#start),
    );
  }

  /** Moves a moment to the middle. */
  centre(t: number): void {
    this.#move(t - this.span / 2, this.span);
  }

  #move(from: number, span: number): void {
    this.from = Math.max(this.#start, Math.min(from, this.#end - span));
    this.to = this.from + span;
  }
}
