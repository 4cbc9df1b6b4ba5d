/**
 * Reads recordings, were they cut short or put one behind the other.
 *
 * @module
 */
import { type Entry, parseEntry } from "./recording.ts";
import { UsageError } from "./usage_error.ts";

/** A recording's lines, on one axis of time. */
export class RecordingReader {
  #origin: number | undefined;
  #offset = 0;
  #skipped = 0;

  /** Milliseconds since 1970 at which the recording begins; NaN before its first line. */
  get started(): number {
    return this.#origin ?? NaN;
  }

  /** How many lines could not be read. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Reads a file.
   *
   * @param path Where it is.
   * @returns Its entries; `t` counts from the first one's beginning.
   * @throws {UsageError} If there is no such file, or nothing in it is a recording.
   */
  async *read(path: string): AsyncGenerator<Entry> {
    using file = await open(path);
    const texts = file.readable.pipeThrough(new TextDecoderStream());
    for await (const line of linesOf(texts)) {
      const entry = this.take(line);
      if (entry !== undefined) yield entry;
    }
    if (this.#origin === undefined) {
      throw new UsageError(
        `Cannot read ${path} as a recording: it has ${this.#skipped} lines, and none is of a recording`,
      );
    }
  }

  /** Reads a line; nothing where it is none of a recording. */
  take(line: string): Entry | undefined {
    if (line.trim() === "") return undefined;
    const entry = parseEntry(line);
    if (entry === undefined) {
      this.#skipped++;
      return undefined;
    }
    const began = Date.parse(entry.at) - entry.t;
    this.#origin ??= began;
    // Another recording begins: its clock is another one, too.
    if (entry.type === "recording") this.#offset = began - this.#origin;
    return { ...entry, t: entry.t + this.#offset };
  }
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`Cannot read ${path} as there is no such file`);
    }
    throw error;
  }
}

async function* linesOf(texts: ReadableStream<string>): AsyncGenerator<string> {
  let unfinished = "";
  for await (const text of texts) {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    yield* lines;
  }
  yield unfinished;
}
