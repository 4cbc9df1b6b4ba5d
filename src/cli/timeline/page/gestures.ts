/**
 * Changes the chart by the mouse, by touch and by keys.
 *
 * @module
 */
import type {
  HTMLElement,
  MouseEvent,
  PointerEvent,
  WheelEvent,
} from "./view/dom.ts";
import type { Item } from "./view/item.ts";
import type { Viewport } from "./view/viewport.ts";

/** A place on the chart. */
export interface PointerPlace {
  readonly x: number;
  readonly y: number;
}

/** The page, as gestures act on it. */
export interface GestureTarget {
  readonly viewport: Viewport;
  /** The left edge of the plot. */
  readonly left: number;
  /** The thing at the place, if there is one. */
  hit(place: PointerPlace): Item | undefined;
  /** Sets the place of the pointer; `undefined`: none. */
  point(place: PointerPlace | undefined): void;
  choose(item: Item | undefined): void;
  /** Zooms to a thing. */
  show(item: Item): void;
  /** Called after a change. */
  draw(): void;
}

/** Listens to the events of the chart. */
export class Gestures {
  readonly #scroller: HTMLElement;
  readonly #target: GestureTarget;
  #dragged: PointerPlace | undefined;
  #moved = false;

  constructor(scroller: HTMLElement, target: GestureTarget) {
    this.#scroller = scroller;
    this.#target = target;
  }

  /** Begins to listen. */
  listen(): void {
    const scroller = this.#scroller;
    const target = this.#target;
    scroller.addEventListener("scroll", () => target.draw());
    scroller.addEventListener("pointerdown", (event) => this.#grab(event));
    scroller.addEventListener("pointermove", (event) => this.#move(event));
    scroller.addEventListener("pointerup", (event) => this.#release(event));
    scroller.addEventListener("pointercancel", () => this.#dragged = undefined);
    scroller.addEventListener("pointerleave", () => target.point(undefined));
    scroller.addEventListener("dblclick", (event) => this.#zoomIn(event));
    scroller.addEventListener(
      "wheel",
      (event) => this.#turn(event),
      { passive: false },
    );
  }

  #placeOf({ clientX, clientY }: MouseEvent): PointerPlace {
    const { left, top } = this.#scroller.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #grab(event: PointerEvent): void {
    const place = this.#placeOf(event);
    // The scroll bar is not part of the chart.
    if (event.button !== 0 || place.x > this.#scroller.clientWidth) return;
    this.#dragged = place;
    this.#moved = false;
    this.#scroller.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const place = this.#placeOf(event);
    this.#target.point(place);
    if (this.#dragged === undefined) return;
    const dx = place.x - this.#dragged.x;
    const dy = place.y - this.#dragged.y;
    // The pointer may move a little during a click.
    if (!this.#moved && Math.hypot(dx, dy) < 5) return;
    this.#moved = true;
    this.#dragged = place;
    this.#target.viewport.pan(-dx);
    this.#scroller.scrollTop -= dy;
  }

  #release(event: PointerEvent): void {
    if (this.#dragged !== undefined && !this.#moved) {
      this.#target.choose(this.#target.hit(this.#placeOf(event)));
    }
    this.#dragged = undefined;
  }

  #zoomIn(event: MouseEvent): void {
    const { viewport, left } = this.#target;
    const place = this.#placeOf(event);
    const item = this.#target.hit(place);
    if (item === undefined) viewport.zoom(0.5, place.x - left);
    else this.#target.show(item);
    this.#target.draw();
  }

  #turn(event: WheelEvent): void {
    const { viewport, left } = this.#target;
    const { deltaX, deltaY, shiftKey } = event;
    const sideways = shiftKey && deltaX === 0 ? deltaY : deltaX;
    const pans = Math.abs(sideways) > Math.abs(deltaY) / 2;
    const { scrollHeight, clientHeight } = this.#scroller;
    // Without anything to scroll, the wheel zooms.
    const zooms = event.ctrlKey || event.metaKey ||
      (!pans && scrollHeight <= clientHeight);
    if (!zooms && !pans) return;
    event.preventDefault();
    if (zooms) {
      const { x } = this.#placeOf(event);
      viewport.zoom(Math.exp(deltaY * 0.002), x - left);
    } else {
      viewport.pan(sideways);
    }
    this.#target.draw();
  }
}
