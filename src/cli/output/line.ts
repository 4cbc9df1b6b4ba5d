/**
 * A line for people to read. Every part of it loses its control characters, so
 * that no peer can control the user's terminal.
 *
 * @module
 */

/** The colours of a line. */
export type Colour = "red" | "green" | "yellow" | "blue" | "cyan" | "dim";

const CODES: Readonly<Record<Colour, number>> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  cyan: 36,
  dim: 2,
};

/** A part of a line. */
export type Part = string | number | bigint | Line;

/** Text that is safe to show, with colours and without. */
export class Line {
  readonly #plain: string;
  readonly #coloured: string;

  /**
   * @param plain Safe text.
   * @param coloured The same text with colours.
   */
  constructor(plain: string, coloured: string = plain) {
    this.#plain = plain;
    this.#coloured = coloured;
  }

  /** The text. */
  render(colours: boolean): string {
    return colours ? this.#coloured : this.#plain;
  }
}

/** The tag of a template: makes a line. The template itself is trusted, but its parts are not. */
export function line(template: TemplateStringsArray, ...parts: Part[]): Line {
  const lines = parts.map((part) =>
    part instanceof Line ? part : new Line(stripControls(String(part)))
  );
  const join = (colours: boolean) =>
    template.reduce((text, next, n) =>
      text + lines[n - 1]!.render(colours) + next
    );
  return new Line(join(false), join(true));
}

/** Text in a colour. */
export function paint(colour: Colour, part: Part): Line {
  const inner = line`${part}`;
  const plain = inner.render(false);
  return new Line(
    plain,
    plain === "" ? "" : `\x1b[${CODES[colour]}m${inner.render(true)}\x1b[0m`,
  );
}

/** Joins lines into one; empty lines are left out. */
export function join(lines: readonly Line[], separator: string): Line {
  const shown = lines.filter((each) => each.render(false) !== "");
  return new Line(
    shown.map((each) => each.render(false)).join(separator),
    shown.map((each) => each.render(true)).join(separator),
  );
}

/**
 * Takes out the characters that a terminal would obey: control and format
 * characters. Line ends become spaces.
 */
export function stripControls(text: string): string {
  return text.toWellFormed()
    .replace(/[\r\n\t\u2028\u2029]+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "");
}
