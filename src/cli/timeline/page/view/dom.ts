/**
 * The types of the part of the DOM that the page uses. A package must not bring
 * the types of browsers into the programs that use it.
 *
 * @module
 */

/** A browser's global object. */
export interface Window {
  readonly document: Document;
  readonly devicePixelRatio: number;
  readonly innerWidth: number;
  readonly innerHeight: number;
  readonly ResizeObserver: new (callback: () => void) => {
    observe(element: HTMLElement): void;
  };
  getComputedStyle(element: HTMLElement): {
    getPropertyValue(name: string): string;
  };
  matchMedia(query: string): {
    readonly matches: boolean;
    addEventListener(type: "change", listener: () => void): void;
  };
  requestAnimationFrame(callback: () => void): number;
}

/** A document. */
export interface Document {
  readonly documentElement: HTMLElement;
  getElementById(id: string): HTMLElement | null;
  createElement(name: "canvas"): HTMLCanvasElement;
  createElement(name: string): HTMLElement;
  addEventListener(
    type: "keydown",
    listener: (event: KeyboardEvent) => void,
  ): void;
}

/** An element. */
export interface HTMLElement {
  className: string;
  hidden: boolean;
  scrollTop: number;
  textContent: string | null;
  title: string;
  readonly clientHeight: number;
  readonly clientWidth: number;
  readonly offsetHeight: number;
  readonly offsetWidth: number;
  readonly scrollHeight: number;
  readonly dataset: Record<string, string | undefined>;
  readonly style: { height: string; transform: string };
  addEventListener<T extends keyof ElementEvents>(
    type: T,
    listener: (event: ElementEvents[T]) => void,
    options?: { passive: boolean },
  ): void;
  append(...children: readonly HTMLElement[]): void;
  blur(): void;
  focus(): void;
  getBoundingClientRect(): { readonly left: number; readonly top: number };
  replaceChildren(...children: readonly HTMLElement[]): void;
  setPointerCapture(pointerId: number): void;
}

/** The events of elements. */
export interface ElementEvents {
  click: MouseEvent;
  dblclick: MouseEvent;
  input: UIEvent;
  keydown: KeyboardEvent;
  pointercancel: PointerEvent;
  pointerdown: PointerEvent;
  pointerleave: PointerEvent;
  pointermove: PointerEvent;
  pointerup: PointerEvent;
  scroll: UIEvent;
  wheel: WheelEvent;
}

/** An event. */
export interface UIEvent {
  readonly target: unknown;
  preventDefault(): void;
}

/** The event of a pressed key. */
export interface KeyboardEvent extends UIEvent {
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly key: string;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** An event at a place. */
export interface MouseEvent extends UIEvent {
  readonly button: number;
  readonly buttons: number;
  readonly clientX: number;
  readonly clientY: number;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** An event of a mouse, a pen or a finger. */
export interface PointerEvent extends MouseEvent {
  readonly pointerId: number;
}

/** The event of a turned wheel. */
export interface WheelEvent extends MouseEvent {
  readonly deltaX: number;
  readonly deltaY: number;
}

/** A field for text. */
export interface HTMLInputElement extends HTMLElement {
  value: string;
}

/** A surface to draw on. */
export interface HTMLCanvasElement extends HTMLElement {
  height: number;
  width: number;
  getContext(kind: "2d"): CanvasRenderingContext2D | null;
}

/** The context that draws on a canvas. */
export interface CanvasRenderingContext2D {
  fillStyle: string | CanvasGradient;
  font: string;
  globalAlpha: number;
  lineWidth: number;
  strokeStyle: string | CanvasGradient;
  textAlign: "left";
  textBaseline: "middle";
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  beginPath(): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  clip(): void;
  createLinearGradient(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
  ): CanvasGradient;
  drawImage(
    image: HTMLCanvasElement,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void;
  fill(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  lineTo(x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  moveTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  restore(): void;
  roundRect(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
  ): void;
  save(): void;
  scale(x: number, y: number): void;
  setLineDash(segments: readonly number[]): void;
  setTransform(
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f: number,
  ): void;
  stroke(): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  translate(x: number, y: number): void;
}

/** A change from one colour to another. */
export interface CanvasGradient {
  addColorStop(offset: number, colour: string): void;
}
