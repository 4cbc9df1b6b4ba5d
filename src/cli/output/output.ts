/**
 * What a command has to say: lines for people or NDJSON for machines on
 * standard output, notes and a live status on standard error.
 *
 * @module
 */
import { delay } from "../../internal/timer.ts";
import type { Line } from "./line.ts";
import { toJsonLine } from "./json_line.ts";
import { fit } from "./width.ts";
import { WriteError } from "./write_error.ts";

/** Standard output or standard error, or what stands for them in a test. */
export interface Sheet {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** How {@linkcode Output} writes. */
export interface OutputOptions {
  readonly json: boolean;
  readonly colours: boolean;
  /** Whether people are told of errors only. @default {false} */
  readonly quiet?: boolean;
  /** Columns of the terminal; none or 0: not known. */
  readonly columns?: () => number | undefined;
}

/** What those write to that tell of one thing as it goes on. */
export type Report = Pick<
  Output,
  "live" | "note" | "error" | "result" | "status"
>;

const encoder = new TextEncoder();
const CLEAR_LINE = "\r\x1b[2K";
/** Milliseconds until a stream that takes nothing just now is tried again. */
const BUSY = 10;

/** Writes in order; goes quiet where what it writes is not read any more. */
export class Output {
  /** Whether machines read. */
  readonly json: boolean;
  readonly #colours: boolean;
  readonly #quiet: boolean;
  readonly #columns: () => number | undefined;
  readonly #out: Sheet;
  readonly #err: Sheet;
  /** A terminal that is closed is none any more. */
  readonly #wasTerminal: ReadonlyMap<Sheet, boolean>;
  readonly #closed = new AbortController();
  readonly #failed = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #status: Line | undefined;
  /** What is on the terminal of it. */
  #shown = "";

  /**
   * @param out For results.
   * @param err For everything else.
   * @param options For whom, and whether in colour; only terminals get colours.
   */
  constructor(
    out: Sheet,
    err: Sheet,
    { json, colours, quiet = false, columns = () => undefined }: OutputOptions,
  ) {
    this.#out = out;
    this.#err = err;
    this.#wasTerminal = new Map(
      [out, err].map((sheet) => [sheet, sheet.isTerminal()]),
    );
    this.json = json;
    this.#colours = colours;
    this.#quiet = quiet;
    this.#columns = columns;
  }

  /** Aborts when standard output is not read any more, or can't be written. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Aborts when something can't be written although its reader is there, such as on a full disk; its reason is a {@linkcode WriteError}. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Whether {@linkcode status} may be seen. */
  get live(): boolean {
    return !this.json && !this.#quiet && this.#err.isTerminal();
  }

  /**
   * Writes a result.
   *
   * @param line For people; none: nothing is written for them.
   * @param record For machines.
   * @returns Resolves when it is written, or is not read.
   */
  result(
    line: Line | undefined,
    record: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (this.json) return this.#write(this.#out, toJsonLine(record));
    if (line === undefined || this.#quiet) return this.#last;
    return this.#print(this.#out, line);
  }

  /** Writes raw text to standard output: a page of help, a file's content. */
  text(text: string): Promise<void> {
    return this.#write(this.#out, text);
  }

  /** Tells people something on standard error, also where machines read. */
  note(line: Line): Promise<void> {
    return this.#quiet ? this.#last : this.error(line);
  }

  /** Tells people on standard error what went wrong. */
  error(line: Line): Promise<void> {
    return this.#print(this.#err, line);
  }

  /**
   * As {@linkcode note}, but does not wait for what was to be written before:
   * standard output may be the very thing that does not get on.
   */
  alert(line: Line): void {
    if (this.#quiet) return;
    const text = line.render(this.#colours && this.#err.isTerminal());
    this.#send(this.#err, `${text.trimEnd()}\n`);
  }

  /** Passes on what a command of the user's has written on standard error. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.#write(this.#err, bytes);
  }

  /** Replaces the live status on a terminal; elsewhere it writes nothing. */
  status(line: Line | undefined): void {
    if (!this.live) return;
    this.#status = line;
    const text = this.#statusText();
    if (text !== this.#shown) this.#show(text);
  }

  /** Writes the live status once more, as the terminal has another width now. */
  redraw(): void {
    if (this.live && this.#status !== undefined) this.#show(this.#statusText());
  }

  /** Resolves when all is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  /** A line that reached the last column would leave the rest of itself behind. */
  #statusText(): string {
    const text = this.#status?.render(this.#colours) ?? "";
    const columns = this.#columns() || Infinity;
    return fit(text, columns - 1);
  }

  #show(text: string): void {
    this.#shown = text;
    this.#write(this.#err, CLEAR_LINE + text);
  }

  #print(sheet: Sheet, line: Line): Promise<void> {
    const text = `${
      line.render(this.#colours && sheet.isTerminal()).trimEnd()
    }\n`;
    if (this.#shown === "") return this.#write(sheet, text);
    this.#write(this.#err, CLEAR_LINE);
    this.#write(sheet, text);
    return this.#write(this.#err, this.#shown);
  }

  #write(sheet: Sheet, content: string | Uint8Array): Promise<void> {
    return this.#last = this.#last.then(() => this.#send(sheet, content));
  }

  async #send(sheet: Sheet, content: string | Uint8Array): Promise<void> {
    if (sheet === this.#out && this.closed.aborted) return;
    let bytes = typeof content === "string" ? encoder.encode(content) : content;
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(await sheet.write(bytes));
      } catch (error) {
        // One that shares the stream has made it non-blocking.
        if (error instanceof Deno.errors.WouldBlock) await delay(BUSY);
        else return this.#fail(sheet, error);
      }
    }
  }

  #fail(sheet: Sheet, error: unknown): void {
    if (!isClosed(error) && !this.#wasTerminal.get(sheet)) {
      const name = sheet === this.#err ? "standard error" : "standard output";
      this.#failed.abort(new WriteError(name, error));
    }
    if (sheet === this.#out) this.#closed.abort(error);
  }
}

/** Whether the reader has gone: no fault of the writer. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
}

/** The same without results, for a command that has a single one of its own. */
export function withoutResults(output: Output): Report {
  return {
    live: output.live,
    note: (line) => output.note(line),
    error: (line) => output.error(line),
    result: () => Promise.resolve(),
    status: (line) => output.status(line),
  };
}
