/**
 * Reads the lines of standard input as they come: in bounded memory, whatever
 * they hold, and until a signal aborts.
 *
 * @module
 */
import { abortable } from "../../internal/abortable.ts";
import { UsageError } from "../args/usage_error.ts";

/** Bytes of the longest line: as many as a message of the default size has. */
const MAX_LINE = 16 * 1024 * 1024;

const LINE_END = 10;

/** One line: its text, or why it has none. */
export interface InputLine {
  /** Its number, from 1. */
  readonly number: number;
  /**
   * Reads its text.
   *
   * @throws {UsageError} If the line is too long, or not UTF-8.
   */
  text(): string;
}

/**
 * The lines of a stream; the rest of a line that is too long is passed over.
 *
 * @param stream The bytes.
 * @param ended Ends the wait for more of them.
 * @param longest Bytes of the longest line that is kept.
 * @throws The signal's reason, if it aborts.
 */
export async function* inputLines(
  stream: ReadableStream<Uint8Array>,
  ended: AbortSignal,
  longest: number = MAX_LINE,
): AsyncGenerator<InputLine> {
  const reader = stream.getReader();
  let line = new UnfinishedLine(1, longest);
  try {
    for (;;) {
      const { done, value: chunk } = await abortable(reader.read(), ended);
      if (done) break;
      let begin = 0;
      for (
        let end = chunk.indexOf(LINE_END);
        end !== -1;
        end = chunk.indexOf(LINE_END, begin)
      ) {
        line.add(chunk.subarray(begin, end));
        yield line;
        ended.throwIfAborted();
        begin = end + 1;
        line = new UnfinishedLine(line.number + 1, longest);
      }
      line.add(chunk.subarray(begin));
    }
    if (!line.isEmpty) yield line;
  } finally {
    reader.releaseLock();
  }
}

/** Keeps no more bytes than the longest line has. */
class UnfinishedLine implements InputLine {
  readonly number: number;
  readonly #longest: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(number: number, longest: number) {
    this.number = number;
    this.#longest = longest;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#longest) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  text(): string {
    if (this.#length > this.#longest) {
      throw new UsageError(`The line is longer than ${this.#longest} bytes`);
    }
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      const text = this.#pieces.map((piece) =>
        decoder.decode(piece, { stream: true })
      );
      return text.join("") + decoder.decode();
    } catch {
      throw new UsageError("The line is not UTF-8");
    }
  }
}
