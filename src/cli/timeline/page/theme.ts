/**
 * The colours of the page, as its style sheet has them.
 *
 * @module
 */
/// <reference lib="dom" />

/** Colours by what they are for. */
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
  /** For phases, in their order. */
  readonly phases: readonly string[];
}

/** Reads the colours of the theme that the root element has now. */
export function readTheme(root: Element): Theme {
  const style = getComputedStyle(root);
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
