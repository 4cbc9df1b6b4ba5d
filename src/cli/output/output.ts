/**
 * The output of a command: lines for people or NDJSON for machines on standard
 * output, notes and a live status on standard error.
 *
 * @module
 */
import { delay } from "../../internal/timer.ts";
import type { Line } from "./line.ts";
import { toJsonLine } from "./json_line.ts";
import { fit } from "./width.ts";
import { WriteError } from "./write_error.ts";

/** Standard output or standard error, or a stand-in in a test. */
export interface Sheet {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** How {@linkcode Output} writes. */
export interface OutputOptions {
  readonly json: boolean;
  readonly colours: boolean;
  /** Whether to write only errors for people. @default {false} */
  readonly quiet?: boolean;
  /** Columns of the terminal; `undefined` or 0: not known. */
  readonly columns?: () => number | undefined;
}

/** The part of {@linkcode Output} for reports while a command goes on. */
export type Report = Pick<
  Output,
  "live" | "note" | "error" | "result" | "status"
>;

const encoder = new TextEncoder();
const CLEAR_LINE = "\r\x1b[2K";
/** Milliseconds until a busy stream is tried again. */
const BUSY = 10;

/** Writes in order; stops writing to standard output when its reader has gone. */
export class Output {
  /** Whether the output is for machines. */
  readonly json: boolean;
  readonly #colours: boolean;
  readonly #quiet: boolean;
  readonly #columns: () => number | undefined;
  readonly #out: Sheet;
  readonly #err: Sheet;
  /** Which streams were terminals, because a closed terminal does not count as one. */
  readonly #wasTerminal: ReadonlyMap<Sheet, boolean>;
  readonly #closed = new AbortController();
  readonly #failed = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #status: Line | undefined;
  /** The text of the status that the terminal shows. */
  #shown = "";

  /**
   * @param out Takes results.
   * @param err Takes everything else.
   * @param options The form of the output; only terminals get colours.
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

  /** Aborts when standard output has no reader any more, or can't be written. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Aborts when a stream that has a reader can't be written, such as on a full disk; its reason is a {@linkcode WriteError}. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Whether {@linkcode status} shows anything. */
  get live(): boolean {
    return !this.json && !this.#quiet && this.#err.isTerminal();
  }

  /**
   * Writes a result.
   *
   * @param line The result for people; `undefined`: people see nothing.
   * @param record The result for machines.
   * @returns Resolves when the result is written, or has no reader.
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

  /** Writes a note for people on standard error, also if the output is for machines. */
  note(line: Line): Promise<void> {
    return this.#quiet ? this.#last : this.error(line);
  }

  /** Writes an error for people on standard error. */
  error(line: Line): Promise<void> {
    return this.#print(this.#err, line);
  }

  /**
   * As {@linkcode note}, but does not wait for earlier writes, because standard
   * output may be the stream that takes nothing.
   */
  alert(line: Line): void {
    if (this.#quiet) return;
    const text = line.render(this.#colours && this.#err.isTerminal());
    this.#send(this.#err, `${text.trimEnd()}\n`);
  }

  /** Passes on the standard error of a command of the user. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.#write(this.#err, bytes);
  }

  /** Replaces the live status, if standard error is a terminal. */
  status(line: Line | undefined): void {
    if (!this.live) return;
    this.#status = line;
    const text = this.#statusText();
    if (text !== this.#shown) this.#show(text);
  }

  /** Writes the live status again, because the width of the terminal has changed. */
  redraw(): void {
    if (this.live && this.#status !== undefined) this.#show(this.#statusText());
  }

  /** Resolves when all output is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  /** The text of the status, shorter than a line of the terminal: a longer text could not be cleared. */
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
        // Another process that shares the stream has made it non-blocking.
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

/** Whether a write failed because the reader has gone. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
}

/** A report that drops results, for a command with one result of its own. */
export function withoutResults(output: Output): Report {
  return {
    live: output.live,
    note: (line) => output.note(line),
    error: (line) => output.error(line),
    result: () => Promise.resolve(),
    status: (line) => output.status(line),
  };
}
