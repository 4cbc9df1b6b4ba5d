/**
 * Decodes bytes into text. A call of `TextDecoder` costs as much as two hundred
 * bytes, so the texts of a burst are cut from the result of one call: without
 * that, receiving takes a seventh longer (bench c).
 *
 * @module
 */

/** Bytes of the longest text that is cut from a window. */
const MEDIUM = 1024;
/** Bytes of a window: few, because a text that is cut from a window keeps all of it in memory. */
const WINDOW = 16 * 1024;

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
/** The character that replaces bytes that are not UTF-8; it may also stand in a valid text. */
const REPLACEMENT = "\ufffd";

/** Reads any bytes as text, with U+FFFD in place of bytes that are not UTF-8. */
export function lossyText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  return lossy.decode(bytes.subarray(start, end));
}

/**
 * Reads UTF-8 as text; returns `undefined` for other bytes. A decoder that is
 * `fatal` takes two to ten times as long, so it is used only in doubt.
 */
function strictText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  const text = lossyText(bytes, start, end);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Reads UTF-8 texts, one behind the other, in a buffer. */
export class TextReader {
  /** The text of a range that is all ASCII, so that offsets of bytes and characters are the same. */
  #window: string | undefined;
  #windowStart = 0;
  #windowEnd = 0;

  /** Must be called when bytes have moved in the buffer. */
  reset(): void {
    this.#window = undefined;
    this.#windowEnd = 0;
  }

  /**
   * Reads one text.
   *
   * @param bytes The buffer.
   * @param start The begin of the text, not before the end of the previous one.
   * @param end The end of the text.
   * @param arrived The end of the bytes that have arrived.
   * @returns The text, or `undefined` if the bytes are not UTF-8.
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    arrived: number,
  ): string | undefined {
    const length = end - start;
    if (length <= MEDIUM) {
      // A window pays only if it also holds the text after this one.
      if (end > this.#windowEnd && arrived - end > length) {
        this.#open(bytes, start, arrived);
      }
      if (end <= this.#windowEnd && this.#window !== undefined) {
        const offset = start - this.#windowStart;
        return this.#window.slice(offset, offset + length);
      }
    }
    return strictText(bytes, start, end);
  }

  #open(bytes: Uint8Array, start: number, arrived: number): void {
    const end = Math.min(arrived, start + WINDOW);
    const text = strictText(bytes, start, end);
    const isAscii = text?.length === end - start;
    this.#window = isAscii ? text : undefined;
    this.#windowStart = start;
    // If one window is not ASCII, the next one is not likely to be.
    this.#windowEnd = isAscii ? end : arrived;
  }
}
