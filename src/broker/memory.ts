/**
 * The memory that all clients take together, and which clients are dropped when
 * it runs out.
 *
 * @module
 */

/** Milliseconds between two searches for a client to drop while memory is full. */
const SEARCH_PAUSE = 10;

/** What may be dropped to free memory. */
export interface MemoryHolder {
  /** Bytes that wait to be written, where none were for a while; else 0. */
  readonly stalledOutput: number;
  /** Bytes that were received and wait to be acted on. */
  readonly input: number;
  /** Frees the bytes at once. */
  drop(): void;
}

/**
 * Counts the memory of all clients. Beyond the limit, clients that do not read
 * are dropped. Clients that read are kept, because what waits for them is about
 * to be written; until then messages wait, and subscriptions are refused.
 */
export class Memory {
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

  /** Whether memory is over the limit after clients that do not read were dropped. */
  isFull(): boolean {
    this.#relieve();
    return this.#held > this.#limit;
  }

  /** Whether so many more bytes can be held for good. */
  hasRoomFor(bytes: number): boolean {
    return this.#held + bytes <= this.#limit;
  }

  /** Notes that so many more bytes are held; fewer if `bytes` is negative. */
  hold(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0) this.#relieve();
  }

  /** As {@linkcode hold}, for bytes that clients have sent: they may take half of the memory. */
  holdInput(bytes: number): void {
    this.#held += bytes;
    this.#input += bytes;
    while (this.#input > this.#limit / 2) {
      const sender = this.#heaviest("input");
      if (sender === undefined) return;
      sender.drop();
    }
  }

  #relieve(): void {
    if (this.#held <= this.#limit) return;
    const now = performance.now();
    if (now < this.#nextSearch) return;
    while (this.#held > this.#limit) {
      const reader = this.#heaviest("stalledOutput");
      if (reader === undefined) {
        this.#nextSearch = now + SEARCH_PAUSE;
        return;
      }
      reader.drop();
    }
  }

  #heaviest(by: "stalledOutput" | "input"): MemoryHolder | undefined {
    let found: MemoryHolder | undefined;
    let most = 0;
    for (const holder of this.#holders) {
      const bytes = holder[by];
      if (bytes <= most) continue;
      found = holder;
      most = bytes;
    }
    return found;
  }
}
