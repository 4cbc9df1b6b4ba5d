/**
 * What a command has to say: lines for people or NDJSON for machines on
 * standard output, notes and a live status on standard error.
 *
 * @module
 */
import type { Line } from "./line.ts";
import { toJsonLine } from "./json_line.ts";

/** Standard output or standard error, or what stands for them in a test. */
export interface Sheet {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** How {@linkcode Output} writes. */
export interface OutputOptions {
  readonly json: boolean;
  readonly colours: boolean;
}

/** What those write to that tell of one thing as it goes on. */
export type Report = Pick<Output, "live" | "note" | "result" | "status">;

const encoder = new TextEncoder();
const CLEAR_LINE = "\r\x1b[2K";

/** Writes in order; goes quiet where nobody reads any more. */
export class Output {
  /** Whether machines read. */
  readonly json: boolean;
  readonly #colours: boolean;
  readonly #out: Sheet;
  readonly #err: Sheet;
  readonly #closed = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #status = "";

  /**
   * @param out For results.
   * @param err For everything else.
   * @param options For whom, and whether in colour; only terminals get colours.
   */
  constructor(out: Sheet, err: Sheet, { json, colours }: OutputOptions) {
    this.#out = out;
    this.#err = err;
    this.json = json;
    this.#colours = colours;
  }

  /** Aborts when nobody reads standard output any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether somebody may be looking at {@linkcode status}. */
  get live(): boolean {
    return !this.json && this.#err.isTerminal();
  }

  /**
   * Writes a result.
   *
   * @param line For people; none: nothing is written for them.
   * @param record For machines.
   * @returns Resolves when it is written, or nobody reads.
   */
  result(
    line: Line | undefined,
    record: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (this.json) return this.#write(this.#out, toJsonLine(record));
    if (line === undefined) return this.#last;
    return this.#print(this.#out, line);
  }

  /** Writes raw text to standard output: a page of help, a file's content. */
  text(text: string): Promise<void> {
    return this.#write(this.#out, text);
  }

  /** Tells people something on standard error; errors also where machines read. */
  note(line: Line): Promise<void> {
    return this.#print(this.#err, line);
  }

  /** Passes on what a command of the user's has written on standard error. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.#write(this.#err, bytes);
  }

  /** Replaces the live status on a terminal; elsewhere it writes nothing. */
  status(line: Line | undefined): void {
    if (!this.live) return;
    const next = line?.render(this.#colours) ?? "";
    if (next === this.#status) return;
    this.#status = next;
    this.#write(this.#err, CLEAR_LINE + next);
  }

  /** Resolves when all is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  #print(sheet: Sheet, line: Line): Promise<void> {
    const text = `${
      line.render(this.#colours && sheet.isTerminal()).trimEnd()
    }\n`;
    if (this.#status === "") return this.#write(sheet, text);
    this.#write(this.#err, CLEAR_LINE);
    this.#write(sheet, text);
    return this.#write(this.#err, this.#status);
  }

  #write(sheet: Sheet, content: string | Uint8Array): Promise<void> {
    return this.#last = this.#last.then(() => this.#send(sheet, content));
  }

  async #send(sheet: Sheet, content: string | Uint8Array): Promise<void> {
    if (sheet === this.#out && this.closed.aborted) return;
    try {
      let bytes = typeof content === "string"
        ? encoder.encode(content)
        : content;
      while (bytes.length > 0) bytes = bytes.subarray(await sheet.write(bytes));
    } catch (error) {
      if (sheet === this.#out) this.#closed.abort(error);
    }
  }
}

/** The same without results, for a command that has a single one of its own. */
export function withoutResults(output: Output): Report {
  return {
    live: output.live,
    note: (line) => output.note(line),
    result: () => Promise.resolve(),
    status: (line) => output.status(line),
  };
}
