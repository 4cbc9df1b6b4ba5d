/**
 * The legend below the chart: the meaning of each mark and each colour.
 *
 * @module
 */
import type { Timeline } from "../model.ts";
import { drawGlyph, glyphColour, type GlyphKind } from "./painting/glyphs.ts";
import type { Document, HTMLCanvasElement, HTMLElement } from "./view/dom.ts";
import type { PhaseColours } from "./view/phase_colours.ts";
import type { Theme } from "./view/theme.ts";

/** Marks, and the phases with their numbers. */
export class Legend {
  /** The most phases that are listed. */
  static readonly MOST = 24;

  readonly #document: Document;
  readonly #colours: PhaseColours;
  readonly #glyphs = new Map<GlyphKind, HTMLCanvasElement>();
  readonly #swatches = new Map<string, HTMLElement>();

  constructor(document: Document, colours: PhaseColours) {
    this.#document = document;
    this.#colours = colours;
  }

  /** Writes the legend, with the marks that a timeline has. */
  write(timeline: Timeline, search: (query: string) => void): void {
    const { lanes, oddities } = timeline;
    const kinds = new Set<string>();
    let repeats = false;
    for (const { answers, missing, phases } of lanes) {
      for (const { kind } of answers) kinds.add(kind);
      if (missing.length > 0) kinds.add("missing");
      repeats ||= phases.some(({ attempt }) => attempt !== undefined);
    }
    const names: [GlyphKind, string, boolean][] = [
      ["signal", "signal", true],
      ["signal-failed", "signal that failed", kinds.has("failed")],
      [
        ...["signal-missing", "signal not answered by all"] as const,
        kinds.has("missing"),
      ],
      ["joined", "joined", kinds.has("joined")],
      ["progress", "progress", kinds.has("progress")],
      ["succeeded", "succeeded", true],
      ["failed", "failed", kinds.has("failed")],
      ["missing", "no answer", kinds.has("missing")],
      ["left", "left", kinds.has("left")],
      ["lost", "lost", kinds.has("lost")],
      ["evicted", "evicted", kinds.has("evicted")],
      ["removed", "removed", kinds.has("removed")],
      ["redelivered", "delivered again", kinds.has("redelivered")],
      ["malformed", "malformed message", oddities.length > 0],
    ];
    const legend = this.#document.getElementById("legend")!;
    for (const [kind, name, isThere] of names) {
      if (!isThere) continue;
      const canvas = this.#document.createElement("canvas");
      this.#glyphs.set(kind, canvas);
      legend.append(this.#entry("span", canvas, name));
    }
    if (repeats) {
      const swatch = this.#element("i", "swatch again");
      legend.append(this.#entry("span", swatch, "(2) the same phase again"));
    }
    this.#writePhases(search);
  }

  /** Takes the colours of a theme. */
  draw(theme: Theme, density: number): void {
    for (const [kind, canvas] of this.#glyphs) {
      canvas.width = canvas.height = Math.round(14 * density);
      const context = canvas.getContext("2d")!;
      context.scale(density, density);
      const place = { x: 7, y: 7, size: 4.5 };
      drawGlyph(context, kind, place, glyphColour(kind, theme), theme.back);
    }
    for (const [name, swatch] of this.#swatches) {
      swatch.style.backgroundColor = this.#colours.get(name);
    }
  }

  #writePhases(search: (query: string) => void): void {
    const { names } = this.#colours;
    const list = this.#document.getElementById("phases")!;
    for (const name of names.slice(0, Legend.MOST)) {
      const swatch = this.#element("i", "swatch");
      swatch.textContent = String(this.#colours.keyOf(name));
      this.#swatches.set(name, swatch);
      const entry = this.#entry("button", swatch, name);
      entry.title = `Search for ${name}`;
      entry.addEventListener("click", () => search(name));
      list.append(entry);
    }
    const rest = names.length - Legend.MOST;
    if (rest <= 0) return;
    const more = this.#element("span");
    more.textContent = `and ${rest} more phases`;
    list.append(more);
  }

  #entry(element: string, mark: HTMLElement, name: string): HTMLElement {
    const entry = this.#element(element, "key");
    const text = this.#element("span");
    text.textContent = name;
    entry.append(mark, text);
    return entry;
  }

  #element(name: string, className = ""): HTMLElement {
    const element = this.#document.createElement(name);
    element.className = className;
    return element;
  }
}
