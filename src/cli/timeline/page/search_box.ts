/**
 * The search box, and its way from one found thing to the next.
 *
 * @module
 */
import type { Document, HTMLInputElement } from "./view/dom.ts";
import type { Item } from "./view/item.ts";
import type { Found, SearchIndex } from "./view/search.ts";

/** Takes the events of the search box. */
export interface SearchListener {
  /** Takes the found things; `undefined`: nothing is searched for. */
  found(found: Found | undefined): void;
  /** Takes the found thing that the user goes to. */
  reached(item: Item & { readonly at: number }): void;
}

/** Searches while the user types. */
export class SearchBox {
  readonly #document: Document;
  readonly #index: SearchIndex;
  readonly #listener: SearchListener;
  #found: Found | undefined;
  #position = -1;
  #pending: ReturnType<typeof setTimeout> | undefined;

  constructor(
    document: Document,
    index: SearchIndex,
    listener: SearchListener,
  ) {
    this.#document = document;
    this.#index = index;
    this.#listener = listener;
  }

  get #input(): HTMLInputElement {
    return this.#document.getElementById("search") as HTMLInputElement;
  }

  /** Begins to listen to the box and its buttons. */
  listen(): void {
    const input = this.#input;
    input.addEventListener("input", () => {
      clearTimeout(this.#pending);
      this.#pending = setTimeout(() => this.#apply(), 100);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      if (event.key !== "Escape") return;
      this.search("");
      input.blur();
    });
    for (const [id, by] of [["previous", -1], ["next", 1]] as const) {
      const button = this.#document.getElementById(id)!;
      button.addEventListener("click", () => this.step(by));
    }
  }

  /** Puts the cursor into the box. */
  focus(): void {
    this.#input.focus();
  }

  /** Searches for words, and goes to the first found thing. */
  search(query: string): void {
    this.#input.value = query;
    this.#apply();
    this.step(1);
  }

  /** Goes to the next found thing, or to the previous one. */
  step(by: 1 | -1): void {
    if (this.#pending !== undefined) this.#apply();
    const items = this.#found?.items ?? [];
    if (items.length === 0) return;
    const from = Math.max(this.#position, by === 1 ? -1 : 0);
    this.#position = (from + by + items.length) % items.length;
    this.#listener.reached(items[this.#position]!);
    this.#showPosition();
  }

  #apply(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#found = this.#index.find(this.#input.value);
    this.#position = -1;
    this.#listener.found(this.#found);
    this.#showPosition();
  }

  #showPosition(): void {
    const count = this.#found?.items.length;
    const at = this.#position === -1 ? "" : `${this.#position + 1} of `;
    this.#document.getElementById("found")!.textContent = count === undefined
      ? ""
      : `${at}${count.toLocaleString("en")} found`;
  }
}
