/**
 * Copies bytes out of a buffer that is used again. An array with memory of its
 * own takes four hundred bytes and more, however short it is. So short ranges
 * are views of one page, a copy of bytes that have arrived together.
 *
 * @module
 */

/** Bytes of the longest range that becomes a view of a page. */
const MEDIUM = 1024;
/** Bytes of a page: few, because a view keeps the whole page in memory. */
const PAGE = 16 * 1024;

/** Reads ranges, one behind the other, in a buffer. */
export class ByteReader {
  #page: Uint8Array | undefined;
  /** The place of the page in the buffer. */
  #start = 0;
  #end = 0;

  /** Must be called when bytes have moved in the buffer. */
  reset(): void {
    this.#page = undefined;
    this.#end = 0;
  }

  /**
   * Reads one range.
   *
   * @param bytes The buffer.
   * @param start The begin of the range, not before the end of the previous one.
   * @param end The end of the range.
   * @param arrived The end of the bytes that have arrived.
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
