/**
 * What is still to be written to one client: a queue of replies, which are the
 * client's own, and of messages, which it shares with others.
 *
 * @module
 */
import { Fifo } from "../internal/fifo.ts";
import { writeBinaryString } from "./binary_string.ts";
import type { SharedBytes } from "./hub/message.ts";

/** From here on writing bytes where they are is cheaper than copying them. */
const LARGE = 16 * 1024;
/** Most bytes that are copied together to be written at once. */
const BLOCK = 64 * 1024;
/** What an item of the queue takes beside its bytes. */
const ITEM = 64;

/** Keeps account of memory. */
export interface Ledger {
  /** Notes that so many bytes more are held, or less where negative. */
  hold(bytes: number): void;
}

/** A queue of bytes. */
export class ClientOutput {
  readonly #ledger: Ledger;
  readonly #items = new Fifo<SharedBytes | string>();
  /** Replies that follow the items; turned into bytes together. */
  #text = "";
  #size = 0;
  /** Bytes of {@linkcode take} that are not {@linkcode written}. */
  #taken = 0;
  /** What was taken, where it was not copied. */
  #shared: SharedBytes | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Bytes that are not written yet. */
  get size(): number {
    return this.#size + this.#taken;
  }

  /** Whether replies alone wait. */
  get hasRepliesOnly(): boolean {
    return this.#items.size === 0;
  }

  /** Adds text of one code unit a byte. */
  text(text: string): void {
    this.#text += text;
    this.#size += text.length;
    this.#ledger.hold(text.length);
    if (this.#text.length >= BLOCK) this.#seal();
  }

  /** Adds bytes that others may have waiting, too. */
  share(shared: SharedBytes): void {
    this.#seal();
    this.#items.push(shared);
    this.#size += shared.bytes.length;
    this.#ledger.hold(shared.retain() + ITEM);
  }

  /** Takes the oldest bytes off the queue; {@linkcode written} is to follow. */
  take(): Uint8Array | undefined {
    if (this.#size === 0) return undefined;
    const first = this.#items.peek();
    if (typeof first !== "object" || !this.#goesAlone(first)) {
      return this.#join();
    }
    this.#items.shift();
    this.#shared = first;
    this.#taken = first.bytes.length;
    this.#size -= this.#taken;
    this.#ledger.hold(-ITEM);
    return first.bytes;
  }

  /** Says that what was taken is written. */
  written(): void {
    const bytes = this.#shared?.release() ?? this.#taken;
    this.#shared = undefined;
    this.#taken = 0;
    this.#ledger.hold(-bytes);
  }

  /** Forgets everything. */
  clear(): void {
    this.written();
    let freed = this.#text.length;
    for (const item of this.#items.drain()) freed += release(item);
    this.#text = "";
    this.#size = 0;
    this.#ledger.hold(-freed);
  }

  #goesAlone(item: SharedBytes): boolean {
    return item.bytes.length >= LARGE || this.#size === item.bytes.length;
  }

  /** Copies the oldest items together. */
  #join(): Uint8Array {
    const items: (SharedBytes | string)[] = [];
    let length = 0;
    let freed = 0;
    for (let item = this.#items.peek(); item; item = this.#items.peek()) {
      const size = sizeOf(item);
      if (length > 0 && (length + size > BLOCK || size >= LARGE)) break;
      items.push(item);
      length += size;
      freed += release(item);
      this.#items.shift();
    }
    if (this.#items.size === 0 && length + this.#text.length <= BLOCK) {
      items.push(this.#text);
      length += this.#text.length;
      freed += this.#text.length;
      this.#text = "";
    }
    this.#size -= length;
    this.#taken = length;
    const bytes = copy(items, length);
    this.#ledger.hold(length - freed);
    return bytes;
  }

  /** Closes the text, so that something can follow it. */
  #seal(): void {
    if (this.#text === "") return;
    this.#items.push(this.#text);
    this.#text = "";
    this.#ledger.hold(ITEM);
  }
}

function sizeOf(item: SharedBytes | string): number {
  return typeof item === "string" ? item.length : item.bytes.length;
}

/** Answers by how many bytes memory shrinks when a queue lets go of an item. */
function release(item: SharedBytes | string): number {
  return ITEM + (typeof item === "string" ? item.length : item.release());
}

function copy(
  items: readonly (SharedBytes | string)[],
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const item of items) {
    if (typeof item === "string") writeBinaryString(item, bytes, offset);
    else bytes.set(item.bytes, offset);
    offset += sizeOf(item);
  }
  return bytes;
}
