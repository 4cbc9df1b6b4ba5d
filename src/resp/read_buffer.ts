/**
 * The bytes that have arrived and are not decoded yet, in one buffer that grows
 * and shrinks with their number.
 *
 * @module
 */

import { RespSyntaxError } from "./reply.ts";

/** Bytes of the longest line, its type byte included and its CRLF not. */
export const MAX_LINE = 64 * 1024;
const CR = 13;
const LF = 10;
/** Few bytes, because there may be thousands of connections, most of them idle. */
const INITIAL_SIZE = 1024;
/** Bytes up to which the buffer grows whenever a read has filled it. */
const BURST_SIZE = 128 * 1024;
const MAX_IDLE_SIZE = 1024 * 1024;
/** The factor by which the buffer grows at most if the number of bytes to come is known. */
const MAX_GROWTH = 8;

/** A read buffer: bytes are added at its end and taken from its start. */
export class ReadBuffer {
  /** The buffer itself; {@linkcode space} may replace it. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_SIZE);
  /** Offset of the first byte that is not decoded yet. */
  start = 0;
  /** Offset behind the last byte that has arrived. */
  end = 0;
  /** The number of bytes from the start that hold no line end. */
  #searched = 0;

  /**
   * The buffer to read the next bytes into; never empty, and valid until the next call.
   *
   * @param declared The number of bytes, from the start, that the peer has declared.
   */
  space(declared = 0): Uint8Array<ArrayBuffer> {
    const held = this.end - this.start;
    const size = this.bytes.length;
    if (size > MAX_IDLE_SIZE && held <= BURST_SIZE / 2) {
      this.#moveTo(new Uint8Array(BURST_SIZE));
    } else if (this.end === size && size < BURST_SIZE) {
      this.#moveTo(new Uint8Array(size * 2));
    } else if (held === 0) {
      this.start = this.end = 0;
    } else if (size - this.end < size / 4) {
      // In proportion to the bytes that have arrived: a declared length alone allocates nothing.
      const more = Math.max(size * 2, Math.min(size * MAX_GROWTH, declared));
      this.#moveTo(held > size / 2 ? new Uint8Array(more) : this.bytes);
    }
    return this.end === 0 ? this.bytes : this.bytes.subarray(this.end);
  }

  /** Takes all bytes before an offset. */
  take(to: number): void {
    this.start = to;
    this.#searched = 0;
  }

  /**
   * Takes a line.
   *
   * @returns The offset of the line's CRLF, or -1 if the line is not whole yet.
   * @throws {RespSyntaxError} If the line is too long, or LF does not follow CR.
   */
  line(): number {
    const { bytes, start, end } = this;
    let lineEnd = start + this.#searched;
    while (lineEnd < end && bytes[lineEnd] !== CR) lineEnd++;
    if (lineEnd - start > MAX_LINE) {
      throw new RespSyntaxError(
        `Cannot read a line longer than ${MAX_LINE} bytes`,
      );
    }
    if (lineEnd >= end - 1) {
      this.#searched = lineEnd - start;
      return -1;
    }
    if (bytes[lineEnd + 1] !== LF) {
      throw new RespSyntaxError(
        "Cannot read a line as CR is not followed by LF",
      );
    }
    this.take(lineEnd + 2);
    return lineEnd;
  }

  #moveTo(bytes: Uint8Array<ArrayBuffer>): void {
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.bytes = bytes;
    this.end -= this.start;
    this.start = 0;
  }
}
