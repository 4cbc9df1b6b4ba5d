/**
 * Keeps the last line of an output of any length.
 *
 * @module
 */

/** Most characters of a line that are kept. */
const MAX_LENGTH = 4_096;

/** Keeps the last line that is not blank. A carriage return begins a line, too. */
export class LastLine {
  #last = "";
  #current = "";

  /** Takes more of the output. */
  add(text: string): void {
    const lines = (this.#current + text).split(/[\r\n]+/);
    this.#current = lines.pop()!.slice(0, MAX_LENGTH);
    const last = lines.findLast((each) => each.trim() !== "");
    if (last !== undefined) this.#last = last.slice(0, MAX_LENGTH);
  }

  /** The line, without white space around it. */
  get text(): string {
    return this.#current.trim() || this.#last.trim();
  }
}
