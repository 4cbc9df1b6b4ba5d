/**
 * What is still to be written to one client: a queue of bytes, in which what is
 * small is put together and what is large is kept as it is, shared with others.
 *
 * @module
 */
import { writeBinaryString } from "./binary_string.ts";

/** From here on sharing a chunk is cheaper than copying it. */
const LARGE = 16 * 1024;
const FIRST_BLOCK = 4 * 1024;
const NEXT_BLOCK = 64 * 1024;

/** A queue of bytes. */
export class ClientOutput {
  /** Replies of this turn; turned into bytes together. */
  #text = "";
  #blocks: Uint8Array[] = [];
  /** The block that is being filled; follows {@linkcode #blocks}. */
  #tail: Uint8Array | undefined;
  #filled = 0;

  /** Whether nothing is queued. */
  get empty(): boolean {
    return this.#text === "" && this.#tail === undefined &&
      this.#blocks.length === 0;
  }

  /** Adds text of one code unit a byte. */
  text(text: string): void {
    this.#text += text;
  }

  /** Adds bytes, which must not change any more. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length >= LARGE || this.empty) {
      this.#seal();
      this.#blocks.push(bytes);
      return;
    }
    this.#takeInText();
    const at = this.#reserve(bytes.length);
    this.#tail!.set(bytes, at);
  }

  /** Takes the oldest bytes off the queue, as many as lie together. */
  take(): Uint8Array | undefined {
    if (this.#blocks.length === 0) this.#seal();
    return this.#blocks.shift();
  }

  /** Forgets everything. */
  clear(): void {
    this.#text = "";
    this.#blocks = [];
    this.#tail = undefined;
    this.#filled = 0;
  }

  #seal(): void {
    this.#takeInText();
    if (this.#tail === undefined) return;
    this.#blocks.push(this.#tail.subarray(0, this.#filled));
    this.#tail = undefined;
    this.#filled = 0;
  }

  #takeInText(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    const at = this.#reserve(text.length);
    writeBinaryString(text, this.#tail!, at);
  }

  /** Makes room in the tail and returns where it begins. */
  #reserve(length: number): number {
    if (
      this.#tail === undefined || this.#tail.length - this.#filled < length
    ) {
      this.#seal();
      // A client that keeps up needs little; one that has fallen behind is served in larger pieces.
      const block = this.#blocks.length === 0 ? FIRST_BLOCK : NEXT_BLOCK;
      this.#tail = new Uint8Array(Math.max(block, length));
    }
    const at = this.#filled;
    this.#filled += length;
    return at;
  }
}
