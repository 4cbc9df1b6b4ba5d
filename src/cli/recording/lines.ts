/**
 * Reads a file line by line: in a time that grows with its length alone, and in
 * a memory that a limit bounds, whatever is in it.
 *
 * @module
 */
import { UsageError } from "../args/usage_error.ts";

/** Bytes of the longest line. What `record` writes is never longer. */
export const MAX_LINE: number = 64 * 1024 * 1024;

const LINE_END = 10;

/**
 * The lines of a file.
 *
 * @param chunks The file's bytes.
 * @param what The file, and what it is read as, for the error.
 * @param longest Bytes of the longest line that is read.
 * @throws {UsageError} If a line is longer.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  longest: number = MAX_LINE,
): AsyncGenerator<string> {
  const unfinished = new Pieces();
  let number = 1;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_END);
    // Only the first line of a chunk may have begun in another chunk.
    const first = end === -1 ? chunk.length : chunk.indexOf(LINE_END);
    if (unfinished.length + first > longest) {
      throw new UsageError(
        `Cannot read ${what}: its line ${number} is longer than ${longest} bytes`,
      );
    }
    if (end === -1) {
      unfinished.add(chunk);
      continue;
    }
    unfinished.add(chunk.subarray(0, end));
    const lines = unfinished.take().split("\n");
    number += lines.length;
    yield* lines;
    unfinished.add(chunk.subarray(end + 1));
  }
  yield unfinished.take();
}

/** Bytes that are copied once, when they are taken. */
class Pieces {
  readonly #decoder = new TextDecoder();
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** All of them as text; none are left. */
  take(): string {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#length = 0;
    return this.#decoder.decode(bytes);
  }
}

/** How the last line of a file ends. */
export interface RecordingEnd {
  /** Whether nothing ends it: its writer was cut short. */
  readonly isTorn: boolean;
  /** Whether it has more bytes than a line that can be read. */
  readonly isTooLong: boolean;
}

/**
 * Looks at the last line of a file; reads no more of it than a line may have.
 *
 * @param longest Bytes of the longest line that is read.
 */
export async function readLastLine(
  file: Deno.FsFile,
  longest: number = MAX_LINE,
): Promise<RecordingEnd> {
  const block = new Uint8Array(64 * 1024);
  const size = await file.seek(0, Deno.SeekMode.End);
  /** Where the last line ends, without what ends it. */
  let end = size;
  for (let to = size; to > 0; to -= Math.min(to, block.length)) {
    const from = Math.max(0, to - block.length);
    const bytes = await readAt(file, from, block.subarray(0, to - from));
    if (to === size && bytes.at(-1) === LINE_END) end--;
    const before = bytes.lastIndexOf(LINE_END, end - 1 - from);
    const begin = before === -1 ? from : from + before + 1;
    if (end - begin > longest) return { isTorn: end === size, isTooLong: true };
    if (before !== -1) break;
  }
  return { isTorn: end === size && size > 0, isTooLong: false };
}

async function readAt(
  file: Deno.FsFile,
  from: number,
  into: Uint8Array,
): Promise<Uint8Array> {
  await file.seek(from, Deno.SeekMode.Start);
  let length = 0;
  while (length < into.length) {
    const read = await file.read(into.subarray(length));
    if (read === null) break;
    length += read;
  }
  return into.subarray(0, length);
}
