/**
 * Reads recordings, were they cut short or put one behind the other.
 *
 * @module
 */
import { counted } from "../output/counted.ts";
import { type Entry, parseEntry } from "./recording.ts";
import { UsageError } from "../args/usage_error.ts";

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
   * @param file The file, which is closed at its end.
   * @returns Its entries; `t` counts from the first one's beginning.
   * @throws {UsageError} If nothing in it is a recording.
   */
  async *read(file: Deno.FsFile): AsyncGenerator<Entry> {
    const texts = file.readable.pipeThrough(new TextDecoderStream());
    for await (const line of linesOf(texts)) {
      const entry = this.take(line);
      if (entry !== undefined) yield entry;
    }
    if (this.#origin === undefined) {
      throw new UsageError(
        `Cannot read the file as a recording: it has ${
          counted(this.#skipped, "line")
        }, and none is of one`,
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

/**
 * Opens a recording.
 *
 * @throws {UsageError} If there is no such file.
 */
export async function openRecording(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`Cannot read ${path} as there is no such file`);
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
