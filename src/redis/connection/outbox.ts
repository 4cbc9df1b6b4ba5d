/**
 * Writes texts on one connection, one write after the other. Texts that are posted
 * within a microtask, or during a write, go out in one write. After a write of one
 * text, the next text is written at once.
 *
 * @module
 */
import { bulk, type CommandHead, TextWriter } from "../../resp/encode.ts";
import type { Wire } from "./wire.ts";

/** Most characters that wait to be written. One text may be longer, if it is the first to wait. */
const MAX_WAITING = 64 * 1024 * 1024;

const NONE = new Uint8Array(0);

/** Writes texts to a wire, in their order. */
export class Outbox {
  readonly #wire: Wire;
  readonly #failed: (cause: unknown) => void;
  /** The texts that wait, joined: a list would be made for each write (bench b). */
  #waiting = "";
  #unsent = 0;
  readonly #writer = new TextWriter();
  /** The bytes of the unfinished write. */
  #bytes = NONE;
  #flushing = false;
  /** Whether the last write was of one text. The next is likely to be, too, so it does not wait for others: that would take a microtask of each round trip (bench a). */
  #alone = false;
  #stopped = false;

  /**
   * @param wire Takes the bytes.
   * @param failed Takes the reason of a failed write.
   */
  constructor(wire: Wire, failed: (cause: unknown) => void) {
    this.#wire = wire;
    this.#failed = failed;
  }

  /** The number of texts that wait. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Writes a text after the texts before it; returns `false`, and writes nothing, if too many characters wait. */
  post(text: string): boolean {
    if (this.#stopped) return true; // the connection, which has stopped it, rejects the command
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

  /** As {@linkcode post}, for the head and the last word of a command. */
  postBulk(head: CommandHead, text: string): boolean {
    if (this.#stopped || this.#flushing || !this.#alone) {
      return this.post(head.text + bulk(text));
    }
    this.#flushing = true;
    try {
      this.#write(this.#writer.encodeBulk(head.bytes, text));
    } catch (cause) { // there is no memory for the bytes
      this.#failed(cause);
    }
    return true;
  }

  /** Stops writing. */
  stop(): void {
    this.#stopped = true;
  }

  // Callbacks, because async functions would cost more than all of this work (bench b).
  readonly #flush = (): void => {
    if (this.#stopped) return;
    this.#alone = this.#unsent === 1;
    const text = this.#waiting;
    this.#waiting = "";
    this.#unsent = 0;
    try {
      this.#write(this.#writer.encode(text));
    } catch (cause) { // there is no memory for the bytes
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
    this.#bytes = NONE; // they may be megabytes
    if (this.#unsent > 0) this.#flush();
    else this.#flushing = false;
  };
}
