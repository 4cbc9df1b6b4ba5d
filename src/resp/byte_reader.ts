/**
 * Bytes out of a buffer that is used again. An array with memory of its own
 * takes four hundred bytes and more, however short it is, so short ones are
 * views of one copy of what has arrived together.
 *
 * @module
 */

/** Longest range that becomes a view of a page. */
const MEDIUM = 1024;
/** Small, because a view keeps the whole page alive. */
const PAGE = 16 * 1024;

/** Reads ranges that follow one another in a buffer. */
export class ByteReader {
  #page: Uint8Array | undefined;
  /** Where the page begins and ends in the buffer. */
  #start = 0;
  #end = 0;

  /** To be called when bytes have moved in the buffer. */
  reset(): void {
    this.#page = undefined;
    this.#end = 0;
  }

  /**
   * Reads one range.
   *
   * @param bytes The buffer.
   * @param start Where the range begins, not before the previous one.
   * @param end Where it ends.
   * @param arrived Where the bytes end that have arrived.
   * @returns Bytes that do not change with the buffer.
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    arrived: number,
  ): Uint8Array {
    if (end - start > MEDIUM) return bytes.slice(start, end);
    if (this.#page === undefined || end > this.#end) {
      this.#start = start;
      this.#end = Math.min(arrived, start + PAGE);
      this.#page = bytes.slice(start, this.#end);
    }
    return this.#page.subarray(start - this.#start, end - this.#start);
  }
}
