/**
 * Reads the colours of the page from its style sheet.
 *
 * @module
 */
import type { Window } from "./dom.ts";

/** Colours by their use. */
export interface Theme {
  readonly back: string;
  readonly panel: string;
  readonly stripe: string;
  readonly line: string;
  readonly text: string;
  readonly faint: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  readonly missing: string;
  readonly neutral: string;
  /** The colours of phases, in their order. */
  readonly phases: readonly string[];
}

/** Reads the colours of the theme that the document has now. */
export function readTheme(window: Window): Theme {
  const style = window.getComputedStyle(window.document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    back: read("back"),
    panel: read("panel"),
    stripe: read("stripe"),
    line: read("line"),
    text: read("text"),
    faint: read("faint"),
    accent: read("accent"),
    good: read("good"),
    bad: read("bad"),
    missing: read("missing"),
    neutral: read("neutral"),
    phases: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => read(`phase-${n}`)),
  };
}
