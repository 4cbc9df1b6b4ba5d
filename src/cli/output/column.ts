/**
 * A column of lines that are written one by one.
 *
 * @module
 */
import { stripControls } from "./line.ts";
import { widthOf } from "./width.ts";

/** Columns of the terminal that a cell is padded to at most. */
const MAX_WIDTH = 60;

/** What takes one column of the terminal for each character, which is quick to tell. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Pads cells to the widest one so far, because later ones are not known. */
export class Column {
  #width = 0;

  /** Makes room for a cell that may follow. */
  expect(cell: string): void {
    const width = cellWidth(stripControls(cell));
    if (width <= MAX_WIDTH) this.#width = Math.max(this.#width, width);
  }

  /** The cell without control characters, with space behind it. */
  pad(cell: string): string {
    this.expect(cell);
    const text = stripControls(cell);
    return text + " ".repeat(Math.max(0, this.#width - cellWidth(text)));
  }
}

function cellWidth(text: string): number {
  return PLAIN.test(text) ? text.length : widthOf(text);
}
