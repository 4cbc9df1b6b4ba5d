/**
 * Bytes to text. A call of `TextDecoder` costs more than two hundred bytes do,
 * so the texts of a burst are cut from one call's result.
 *
 * @module
 */

/** Longest text that is cut from a window. */
const MEDIUM = 1024;
/** Small, as a text that is cut from a window keeps the whole of it alive. */
const WINDOW = 16 * 1024;

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
/** What stands for bytes that are no UTF-8, or for itself. */
const REPLACEMENT = "\ufffd";

/** Bytes of the largest buffer that is kept for its view. */
const KEPT = 16 * 1024;
/** The bytes that were looked at last: those of the next text are often in the same place. */
let view: Uint8Array = new Uint8Array(0);

function viewOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  if (bytes.length > KEPT) return bytes.subarray(start, end);
  if (
    view.buffer !== bytes.buffer ||
    view.byteOffset !== bytes.byteOffset + start ||
    view.length !== end - start
  ) view = bytes.subarray(start, end);
  return view;
}

/** Reads any bytes as text, with U+FFFD for what is no UTF-8. */
export function lossyText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  return lossy.decode(viewOf(bytes, start, end));
}

/**
 * Reads UTF-8 as text; `undefined` where it is none. A decoder that is `fatal`
 * takes two to ten times as long.
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

/** Reads UTF-8 texts that follow one another in a buffer. */
export class TextReader {
  /** The text of a range where that is all ASCII, so that offsets are the same. */
  #window: string | undefined;
  #windowStart = 0;
  #windowEnd = 0;

  /** To be called when bytes have moved in the buffer. */
  reset(): void {
    this.#window = undefined;
    this.#windowEnd = 0;
  }

  /**
   * Reads one text.
   *
   * @param bytes The buffer.
   * @param start Where the text begins, not before the previous one.
   * @param end Where it ends.
   * @param arrived Where the bytes end that have arrived.
   * @returns The text, or `undefined` if it is not valid UTF-8.
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    arrived: number,
  ): string | undefined {
    const length = end - start;
    if (length <= MEDIUM) {
      // A window pays where it holds the text after this one too.
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
    // Where one window is not ASCII, the next is not likely to be either.
    this.#windowEnd = isAscii ? end : arrived;
  }
}
