/**
 * Measures and cuts text by the columns that it takes on a terminal.
 *
 * @module
 */

/** Characters that take two columns. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

/** A visible character, or a sequence that sets a colour. */
interface Glyph {
  readonly text: string;
  readonly width: number;
}

/** The columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const glyph of glyphsOf(text)) width += glyph.width;
  return width;
}

/** A text of so many columns at most; if it is cut, it ends with `…`. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let fitting = "";
  let left = columns - 1;
  let hasColour = false;
  for (const { text: glyph, width } of glyphsOf(text)) {
    if (width > left) break;
    left -= width;
    fitting += glyph;
    hasColour ||= glyph.startsWith("\x1b");
  }
  return `${fitting}${hasColour ? "\x1b[0m" : ""}…`;
}

let segmenter: Intl.Segmenter | undefined;

function* glyphsOf(text: string): Generator<Glyph> {
  segmenter ??= new Intl.Segmenter();
  // deno-lint-ignore no-control-regex -- colours are what a Line adds to safe text
  for (const part of text.split(/(\x1b\[\d*m)/)) {
    if (part.startsWith("\x1b")) yield { text: part, width: 0 };
    else {
      for (const { segment } of segmenter.segment(part)) {
        yield { text: segment, width: glyphWidth(segment) };
      }
    }
  }
}

function glyphWidth(segment: string): number {
  if (WIDE.test(segment)) return 2;
  return /^\p{M}/u.test(segment) ? 0 : 1;
}
