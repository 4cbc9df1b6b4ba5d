/**
 * Writes lines in the background, many at a time.
 *
 * @module
 */
import { writing } from "../output/write_error.ts";

/** A file of lines, or what stands for one. */
export interface RecordingFile extends AsyncDisposable {
  /** How many lines wait to be written. */
  readonly backlog: number;
  /** Aborts when a line can't be written; its reason is why. */
  readonly failed: AbortSignal;
  /** Adds a line. */
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
  #lines: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(write: (text: string) => Promise<void>, close: () => void) {
    this.#write = write;
    this.#close = close;
  }

  get backlog(): number {
    return this.#lines.length;
  }

  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  add(line: string): void {
    this.#lines.push(line);
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
      while (this.#lines.length > 0) {
        const text = this.#lines.join("");
        this.#lines = [];
        await this.#write(text);
      }
    } catch (error) {
      this.#failure.abort(error);
    } finally {
      this.#writing = undefined;
    }
  }
}

const encoder = new TextEncoder();

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
}
