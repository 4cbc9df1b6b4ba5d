/**
 * The keys of the whole page, and those of the chart while it has the focus.
 *
 * @module
 */
import type { Cursor, Direction } from "./cursor.ts";
import type { Document, KeyboardEvent } from "./view/dom.ts";
import type { Item } from "./view/item.ts";
import type { Viewport } from "./view/viewport.ts";

/** The page, as far as keys act on it. */
export interface KeyTarget {
  readonly viewport: Viewport;
  /** The thing of the chart that the keyboard is at. */
  cursor: Item | undefined;
  choose(item: Item | undefined): void;
  /** Closes the details, else clears the search, else leaves the thing, else ends the filter. */
  escape(): void;
  /** Folds a publisher, or unfolds it. */
  toggle(lane: number): void;
  /** Goes to the next thing that was found, or the one before. */
  step(by: 1 | -1): void;
  /** Puts the focus into the search. */
  search(): void;
  draw(): void;
}

/** Listens to the keys. */
export class Keyboard {
  readonly #document: Document;
  readonly #cursor: Cursor;
  readonly #target: KeyTarget;

  constructor(document: Document, cursor: Cursor, target: KeyTarget) {
    this.#document = document;
    this.#cursor = cursor;
    this.#target = target;
  }

  /** Listens. */
  listen(): void {
    const get = (id: string) => this.#document.getElementById(id);
    const target = this.#target;
    this.#document.addEventListener("keydown", (event) => {
      const { key, ctrlKey, metaKey, altKey } = event;
      // The search box has keys of its own.
      if (ctrlKey || metaKey || altKey || event.target === get("search")) {
        return;
      }
      const action = event.target === get("scroller")
        ? this.#chartAction(event) ?? this.#pageAction(key)
        : this.#pageAction(key);
      if (action === undefined) return;
      event.preventDefault();
      action();
      target.draw();
    });
    get("scroller")!.addEventListener("blur", () => {
      target.cursor = undefined;
      target.draw();
    });
  }

  #pageAction(key: string): (() => void) | undefined {
    const target = this.#target;
    const { viewport } = target;
    switch (key) {
      case "+":
      case "=":
        return () => viewport.zoom(0.5);
      case "-":
        return () => viewport.zoom(2);
      case "0":
        return () => viewport.fit();
      case "n":
        return () => target.step(1);
      case "p":
        return () => target.step(-1);
      case "/":
        return () => target.search();
      case "Escape":
        return () => target.escape();
    }
    return undefined;
  }

  #chartAction({ key, shiftKey }: KeyboardEvent): (() => void) | undefined {
    const target = this.#target;
    const { viewport } = target;
    const eighth = viewport.width / 8;
    if (shiftKey && key === "ArrowLeft") return () => viewport.pan(-eighth);
    if (shiftKey && key === "ArrowRight") return () => viewport.pan(eighth);
    const direction = Keyboard.#directionOf(key);
    if (direction !== undefined) {
      return () => target.cursor = this.#cursor.move(target.cursor, direction);
    }
    const { cursor } = target;
    if (cursor === undefined) return undefined;
    if (key === " " || key === "Enter" && cursor.kind === "lane") {
      return () => target.toggle(cursor.lane);
    }
    return key === "Enter" ? () => target.choose(cursor) : undefined;
  }

  static #directionOf(key: string): Direction | undefined {
    switch (key) {
      case "ArrowLeft":
        return "left";
      case "ArrowRight":
        return "right";
      case "ArrowUp":
        return "up";
      case "ArrowDown":
        return "down";
      case "Home":
        return "first";
      case "End":
        return "last";
    }
    return undefined;
  }
}
