/**
 * The memory that clients take together, and what happens when it runs out.
 *
 * @module
 */
import type { Ledger } from "./output.ts";

/** Milliseconds between two searches for what to drop while memory is out. */
const SEARCH_PAUSE = 10;

/** What may be dropped. */
export interface MemoryHolder {
  /** Bytes that wait to be written to it, and have not moved for a while; else 0. */
  readonly stalledOutput: number;
  /** Bytes that it has sent and that are not acted on yet. */
  readonly input: number;
  /** Gives its bytes back, at once. */
  drop(): void;
}

/**
 * Keeps account of memory. Beyond the limit clients that do not read are
 * dropped. Those that read are kept, because what waits for them is about to
 * go; until then messages wait, and subscriptions are refused.
 */
export class Memory implements Ledger {
  readonly #limit: number;
  readonly #holders: Iterable<MemoryHolder>;
  #held = 0;
  #input = 0;
  #nextSearch = 0;

  constructor(limit: number, holders: Iterable<MemoryHolder>) {
    this.#limit = limit;
    this.#holders = holders;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** Whether more is held than allowed, when those are dropped that do not read. */
  isFull(): boolean {
    this.#relieve();
    return this.#held > this.#limit;
  }

  /** Whether so many bytes more can be held for good. */
  hasRoomFor(bytes: number): boolean {
    return this.#held + bytes <= this.#limit;
  }

  /** Notes that more is held, or less where `bytes` is negative. */
  hold(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0) this.#relieve();
  }

  /** As {@linkcode hold}, of what clients have sent; half of the memory is for that. */
  holdInput(bytes: number): void {
    this.#held += bytes;
    this.#input += bytes;
    while (this.#input > this.#limit / 2) {
      const sender = heaviest(this.#holders, "input");
      if (sender === undefined) return;
      sender.drop();
    }
  }

  #relieve(): void {
    if (this.#held <= this.#limit) return;
    const now = performance.now();
    if (now < this.#nextSearch) return;
    while (this.#held > this.#limit) {
      const reader = heaviest(this.#holders, "stalledOutput");
      if (reader === undefined) {
        this.#nextSearch = now + SEARCH_PAUSE;
        return;
      }
      reader.drop();
    }
  }
}

function heaviest(
  holders: Iterable<MemoryHolder>,
  by: "stalledOutput" | "input",
): MemoryHolder | undefined {
  let found: MemoryHolder | undefined;
  let most = 0;
  for (const holder of holders) {
    const bytes = holder[by];
    if (bytes <= most) continue;
    found = holder;
    most = bytes;
  }
  return found;
}
