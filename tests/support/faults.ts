/**
 * The current faults of a proxy, for all its connections.
 *
 * @module
 */

/** The direction of bytes. */
export type Direction = "toServer" | "toClient";

/** A number of bytes, or a test of the text so far. */
export type CutCondition = number | ((text: string) => boolean);

/** The bytes that may pass. */
export interface Passage {
  readonly bytes: Uint8Array;
  /** Defined if no further byte may pass; must be called when the link has been cut. */
  readonly onCut?: () => void;
}

interface Cut {
  readonly direction: Direction;
  readonly enough: CutCondition;
  readonly done: PromiseWithResolvers<void>;
  /** The bytes that have passed, by connection. */
  readonly passed: Map<object, { count: number; text: string }>;
}

/** The switchboard that a proxy sets and its connections obey. */
export class Faults {
  /** The delay in milliseconds. */
  delay = 0;
  /** The bytes of each write. */
  chunk = Infinity;
  readonly #held = new Map<Direction, PromiseWithResolvers<void>>();
  #cut: Cut | undefined;

  hold(directions: readonly Direction[]): void {
    for (const direction of directions) {
      if (!this.#held.has(direction)) {
        this.#held.set(direction, Promise.withResolvers());
      }
    }
  }

  /** Resolves when the bytes of a direction are no longer held back. */
  released(direction: Direction): Promise<void> | undefined {
    return this.#held.get(direction)?.promise;
  }

  cutAfter(direction: Direction, enough: CutCondition): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#cut = { direction, enough, done, passed: new Map() };
    return done.promise;
  }

  /** Decides which of the next bytes may pass; a cut happens only once. */
  pass(link: object, direction: Direction, bytes: Uint8Array): Passage {
    const cut = this.#cut;
    if (cut?.direction !== direction) return { bytes };
    const before = cut.passed.get(link) ?? { count: 0, text: "" };
    const count = before.count + bytes.length;
    const text = before.text + new TextDecoder("latin1").decode(bytes);
    cut.passed.set(link, { count, text });
    const enough = typeof cut.enough === "number"
      ? count >= cut.enough
      : cut.enough(text);
    if (!enough) return { bytes };
    this.#cut = undefined;
    const rest = typeof cut.enough === "number"
      ? bytes.subarray(0, cut.enough - before.count)
      : bytes;
    return { bytes: rest, onCut: cut.done.resolve };
  }

  /** Ends all faults. */
  clear(): void {
    this.delay = 0;
    this.chunk = Infinity;
    this.#cut = undefined;
    for (const held of this.#held.values()) held.resolve();
    this.#held.clear();
  }
}
