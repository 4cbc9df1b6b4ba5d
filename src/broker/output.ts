/**
 * The bytes that wait to be written to one client: replies, which are the
 * client's own, and messages, which it shares with other clients.
 *
 * @module
 */
import { Fifo } from "../internal/fifo.ts";
import { writeBinaryString } from "./binary_string.ts";
import type { SharedBytes } from "./hub/message.ts";
import type { Memory } from "./memory.ts";

/** Bytes from which an item is written where it is, because copying it would take longer. */
const LARGE = 16 * 1024;
/** Most bytes that are joined to be written at once. */
const BLOCK = 64 * 1024;
/** Bytes that an item of the queue takes without its content. */
const ITEM = 64;

/** A queue of bytes. */
export class ClientOutput {
  readonly #memory: Pick<Memory, "hold">;
  readonly #items = new Fifo<SharedBytes | string>();
  /** Replies that follow the items. */
  #text = "";
  #size = 0;
  /** Bytes that were taken and are not {@linkcode written} yet. */
  #taken = 0;
  /** The taken item, if it was not copied. */
  #shared: SharedBytes | undefined;

  /** @param memory Counts the bytes. */
  constructor(memory: Pick<Memory, "hold">) {
    this.#memory = memory;
  }

  /** Bytes that are not written yet. */
  get size(): number {
    return this.#size + this.#taken;
  }

  /** Whether only replies wait, and no messages. */
  get hasRepliesOnly(): boolean {
    return this.#items.size === 0;
  }

  /** Adds text of one code unit a byte. */
  text(text: string): void {
    this.#text += text;
    this.#size += text.length;
    this.#memory.hold(text.length);
    if (this.#text.length >= BLOCK) this.#seal();
  }

  /** Adds bytes that may wait for other clients as well. */
  share(shared: SharedBytes): void {
    this.#seal();
    this.#items.push(shared);
    this.#size += shared.bytes.length;
    this.#memory.hold(shared.retain() + ITEM);
  }

  /** Takes the oldest bytes off the queue; the caller must call {@linkcode written} afterwards. */
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
    this.#memory.hold(-ITEM);
    return first.bytes;
  }

  /** Notes that the taken bytes are written. */
  written(): void {
    const bytes = this.#shared?.release() ?? this.#taken;
    this.#shared = undefined;
    this.#taken = 0;
    this.#memory.hold(-bytes);
  }

  /** Drops all bytes. */
  clear(): void {
    this.written();
    let freed = this.#text.length;
    for (const item of this.#items.drain()) freed += release(item);
    this.#text = "";
    this.#size = 0;
    this.#memory.hold(-freed);
  }

  #goesAlone(item: SharedBytes): boolean {
    return item.bytes.length >= LARGE || this.#size === item.bytes.length;
  }

  /** Takes the oldest items, joined. */
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
    this.#memory.hold(length - freed);
    return bytes;
  }

  /** Moves the text to the items, so that another item can follow it. */
  #seal(): void {
    if (this.#text === "") return;
    this.#items.push(this.#text);
    this.#text = "";
    this.#memory.hold(ITEM);
  }
}

function sizeOf(item: SharedBytes | string): number {
  return typeof item === "string" ? item.length : item.bytes.length;
}

/** Releases an item; returns the bytes by which that makes memory shrink. */
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
