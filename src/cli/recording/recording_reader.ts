/**
 * Reads recordings, were they cut short or put one behind the other.
 *
 * @module
 */
import { counted } from "../output/counted.ts";
import { type Entry, LINE_BEGIN, parseEntry } from "./recording.ts";
import { linesOf } from "./lines.ts";
import { UsageError } from "../args/usage_error.ts";

/** Milliseconds that the wall clock and the clock of a recorder may differ by chance. */
const TOLERANCE = 100;

/** The entry before the one that is read. */
interface LastEntry {
  /** By the wall clock, in milliseconds since 1970. */
  readonly at: number;
  /** By the clock of its recorder. */
  readonly t: number;
}

/**
 * A recording's lines, on one axis of time.
 *
 * Invariant: time on the axis is never negative, and no part begins before the
 * one before it has ended. Within a part, the distances are those of the
 * recorder's own clock. From one part to the next it is the distance of the wall
 * clock, and none where that was set back meanwhile.
 */
export class RecordingReader {
  #origin: number | undefined;
  #offset = 0;
  #skipped = 0;
  #last: LastEntry | undefined;

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
   * @param path Names the file in errors.
   * @returns Its entries; `t` counts from the first one's beginning.
   * @throws {UsageError} If nothing in it is a recording, or a line is too long.
   */
  async *read(file: Deno.FsFile, path: string): AsyncGenerator<Entry> {
    const what = `${path} as a recording`;
    for await (const line of linesOf(file.readable, what)) {
      const entry = this.take(line);
      if (entry !== undefined) yield entry;
    }
    if (this.#origin === undefined) {
      throw new UsageError(
        `Cannot read ${what}: it has ${
          counted(this.#skipped, "line")
        }, and none is of one`,
      );
    }
  }

  /** Reads a line; nothing where it is none of a recording. */
  take(line: string): Entry | undefined {
    if (line.trim() === "") return undefined;
    let entry = parseEntry(line);
    if (entry === undefined) {
      this.#skipped++;
      // The line may be a torn one with a whole one behind it.
      const begin = line.lastIndexOf(LINE_BEGIN);
      if (begin > 0) entry = parseEntry(line.slice(begin));
    }
    return entry && { ...entry, t: this.#place(entry) };
  }

  /** Finds an entry's place on the axis. */
  #place({ type, at, t }: Entry): number {
    const last = this.#last;
    const now = Date.parse(at);
    this.#last = { at: now, t };
    if (last === undefined) {
      this.#origin = now - t;
    } else if (type === "recording" || isOfAnotherClock({ at: now, t }, last)) {
      const distance = Math.max(0, now - last.at);
      this.#offset += last.t + distance - t;
    }
    return Math.max(0, t + this.#offset);
  }
}

/** Whether a recorder's clock began anew between two entries, though the line that says so is lost. */
function isOfAnotherClock(entry: LastEntry, last: LastEntry): boolean {
  const shift = (entry.at - entry.t) - (last.at - last.t);
  return entry.t < last.t && Math.abs(shift) > TOLERANCE;
}

/**
 * Opens a recording.
 *
 * @throws {UsageError} If there is no such file, or it is a directory.
 */
export async function openRecording(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`Cannot read ${path} as there is no such file`);
  });
  if (!(await file.stat()).isDirectory) return file;
  file.close();
  throw new UsageError(`Cannot read ${path} as it is a directory`);
}
