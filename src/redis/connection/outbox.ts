/**
 * What goes out on one connection, one write after the other: all that is posted
 * within a microtask, or while a write is under way, in one. After a write of
 * one text the next is not waited for, but written at once.
 *
 * @module
 */
import { bulk, type CommandHead, TextWriter } from "../../resp/encode.ts";
import type { Wire } from "./wire.ts";

/** Most characters that wait to be written: no text can be much longer than twice that. */
const MAX_WAITING = 64 * 1024 * 1024;

const NONE = new Uint8Array(0);

/** Writes texts to a wire, in their order. */
export class Outbox {
  readonly #wire: Wire;
  readonly #failed: (cause: unknown) => void;
  /** What waits to be written, in one text: a list would be made anew for each write. */
  #waiting = "";
  #unsent = 0;
  readonly #writer = new TextWriter();
  /** What is being written. */
  #bytes = NONE;
  #flushing = false;
  /** Whether the last write was of one text: the next is likely to be, and need not wait for others. */
  #alone = false;
  #stopped = false;

  /**
   * @param wire Where to write.
   * @param failed Is told of a write that failed.
   */
  constructor(wire: Wire, failed: (cause: unknown) => void) {
    this.#wire = wire;
    this.#failed = failed;
  }

  /** How many texts were posted that were not given to the wire. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Writes a text when those before it are written; `false` where so much is waiting that it does not. */
  post(text: string): boolean {
    if (this.#stopped) return true; // whoever has stopped it knows
    if (this.#unsent > 0 && this.#waiting.length + text.length > MAX_WAITING) {
      return false;
    }
    this.#waiting += text;
    this.#unsent++;
    if (this.#flushing) return true;
    this.#flushing = true;
    if (this.#alone) this.#flush();
    else queueMicrotask(this.#flush);
    return true;
  }

  /** Writes a command's head and last word, as {@linkcode post}. */
  postBulk(head: CommandHead, text: string): boolean {
    if (this.#stopped || this.#flushing || !this.#alone) {
      return this.post(head.text + bulk(text));
    }
    this.#flushing = true;
    try {
      this.#write(this.#writer.encodeBulk(head.bytes, text));
    } catch (cause) { // there is no memory for its bytes
      this.#failed(cause);
    }
    return true;
  }

  /** Writes no more. */
  stop(): void {
    this.#stopped = true;
  }

  // Callbacks, as async functions would cost more than all they do here.
  readonly #flush = (): void => {
    if (this.#stopped) return;
    this.#alone = this.#unsent === 1;
    const text = this.#waiting;
    this.#waiting = "";
    this.#unsent = 0;
    try {
      this.#write(this.#writer.encode(text));
    } catch (cause) { // there is no memory for its bytes
      this.#failed(cause);
    }
  };

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    try {
      this.#wire.write(bytes).then(this.#written, this.#failed);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  readonly #written = (count: number): void => {
    if (count < this.#bytes.length) {
      return this.#write(this.#bytes.subarray(count));
    }
    this.#bytes = NONE; // not to keep what may be megabytes
    if (this.#unsent > 0) this.#flush();
    else this.#flushing = false;
  };
}
