/**
 * Writes lines in the background, many at a time.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";
import { Fifo } from "../../internal/fifo.ts";
import { writing } from "../output/write_error.ts";

/** Bytes that are written at a time, unless one line alone has more. */
const BATCH = 1024 * 1024;
/** Characters of a text that are encoded at a time. */
const PART = 256 * 1024;

/** A file of lines, or what stands for one. */
export interface RecordingFile extends AsyncDisposable {
  /** How many bytes wait to be written, beside those that are being written. */
  readonly backlog: number;
  /** Aborts when a line can't be written; its reason is why. */
  readonly failed: AbortSignal;
  /** Adds a line; drops it where one before it could not be written. */
  add(line: string): void;
  /**
   * Resolves when every line is written.
   *
   * @throws What kept one from being written.
   */
  flush(): Promise<void>;
}

/**
 * Writes to an open file, which is closed in the end, or to a function.
 *
 * @param target Where to.
 * @param name What the file is called in an error.
 */
export function writeTo(
  target: Deno.FsFile | ((text: string) => Promise<void>),
  name = "the recording",
): RecordingFile {
  return typeof target === "function"
    ? new LineWriter(target, () => {})
    : new LineWriter(
      (text) => writing(name, () => writeAll(target, text)),
      () => target.close(),
    );
}

class LineWriter implements RecordingFile {
  readonly #write: (text: string) => Promise<void>;
  readonly #close: () => void;
  readonly #failure = new AbortController();
  readonly #lines = new Fifo<{ line: string; bytes: number }>();
  #backlog = 0;
  #writing: Promise<void> | undefined;

  constructor(write: (text: string) => Promise<void>, close: () => void) {
    this.#write = write;
    this.#close = close;
  }

  get backlog(): number {
    return this.#backlog;
  }

  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  add(line: string): void {
    // Behind a line that is torn, no line is whole.
    if (this.failed.aborted) return;
    const bytes = byteLength(line);
    this.#lines.push({ line, bytes });
    this.#backlog += bytes;
    this.#writing ??= this.#drain();
  }

  async flush(): Promise<void> {
    await this.#writing;
    this.failed.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    this.#close();
  }

  async #drain(): Promise<void> {
    try {
      // What is read at once is written at once.
      await Promise.resolve();
      while (this.#lines.size > 0) await this.#write(this.#takeBatch());
    } catch (error) {
      this.#lines.drain();
      this.#backlog = 0;
      this.#failure.abort(error);
    } finally {
      this.#writing = undefined;
    }
  }

  #takeBatch(): string {
    const batch: string[] = [];
    let size = 0;
    do {
      const { line, bytes } = this.#lines.shift()!;
      batch.push(line);
      size += bytes;
    } while (size + (this.#lines.peek()?.bytes ?? Infinity) <= BATCH);
    this.#backlog -= size;
    return batch.join("");
  }
}

const encoder = new TextEncoder();

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  for (let start = 0; start < text.length;) {
    let end = start + PART;
    // Not between the halves of a pair.
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    let bytes = encoder.encode(text.slice(start, end));
    while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    start = end;
  }
}
