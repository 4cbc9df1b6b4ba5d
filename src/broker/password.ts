/**
 * The broker's password: compared in constant time, and never shown.
 *
 * @module
 */

const encoder = new TextEncoder();

/** A password that can be compared, but not read. */
export class Password {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = encoder.encode(text);
  }

  /** Whether `given` is the password; the time that this takes depends only on the length of `given`. */
  equals(given: Uint8Array): boolean {
    const expected = this.#bytes;
    let difference = expected.length ^ given.length;
    for (let i = 0; i < given.length; i++) {
      difference |= given[i]! ^ expected[i % expected.length]!;
    }
    return difference === 0;
  }
}
