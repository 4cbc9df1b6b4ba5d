/**
 * Keeps the last lines of what a command writes to its streams.
 *
 * @module
 */
import { byteLength } from "../../internal/byte_length.ts";

/** Most lines that may be kept. */
export const MAX_TAIL = 1_000;
/** Most bytes of all lines: older lines are left out. */
const MAX_BYTES = 64 * 1024;
/** Most characters of one line; the rest of a longer one is left out. */
const MAX_LINE = 4_096;

/** Takes the output of one stream. */
export interface TextSink {
  /** Takes more of the output. */
  add(text: string): void;
}

/** Keeps the last lines of several streams, in the order in which the lines end. */
export class Tail {
  readonly #max: number;
  readonly #lines: string[] = [];
  #bytes = 0;
  /** Blank lines that count only if another line follows. */
  #blank = 0;
  readonly #streams: { unfinished: string }[] = [];

  /** @param max Most lines. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one stream more. */
  stream(): TextSink {
    const stream = { unfinished: "" };
    this.#streams.push(stream);
    return {
      add: (text) => {
        const lines = (stream.unfinished + text).split(/\r?\n/);
        stream.unfinished = written(lines.pop()!).slice(0, MAX_LINE);
        for (const line of lines) this.#keep(line);
      },
    };
  }

  /** The lines, when all streams have ended. */
  get text(): string {
    for (const stream of this.#streams) {
      if (stream.unfinished !== "") this.#keep(stream.unfinished);
      stream.unfinished = "";
    }
    return this.#lines.join("\n").trimEnd();
  }

  #keep(whole: string): void {
    const line = written(whole).slice(0, MAX_LINE).toWellFormed();
    if (line.trim() === "") {
      this.#blank = Math.min(this.#blank + 1, this.#max);
      return;
    }
    for (; this.#blank > 0; this.#blank--) this.#push("");
    this.#push(line);
  }

  #push(line: string): void {
    this.#lines.push(line);
    this.#bytes += byteLength(line) + 1;
    while (this.#lines.length > this.#max || this.#bytes > MAX_BYTES) {
      this.#bytes -= byteLength(this.#lines.shift()!) + 1;
    }
  }
}

/** What a terminal shows of a line: a carriage return begins it anew. */
function written(line: string): string {
  return line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
}
