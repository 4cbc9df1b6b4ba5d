/**
 * Random numbers that are repeatable by a seed (mulberry32).
 *
 * @module
 */

/** A source of pseudo-random numbers; the same seed gives the same numbers. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed | 0;
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with a probability from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) {
      throw new RangeError(
        "Cannot pick as there must be items: there are none",
      );
    }
    return items[this.int(0, items.length - 1)] as T;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  /** A copy in another order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      [shuffled[last], shuffled[other]] = [
        shuffled[other] as T,
        shuffled[last] as T,
      ];
    }
    return shuffled;
  }
}

/**
 * Runs a test with a new seed, and names the seed if the test fails. The
 * variable `TEST_SEED` repeats a run.
 */
export async function withRandom<T>(
  test: (random: Random) => T | Promise<T>,
): Promise<T> {
  const seed = Number(Deno.env.get("TEST_SEED") ?? Date.now() % 2 ** 32);
  try {
    return await test(new Random(seed));
  } catch (cause) {
    throw new Error(
      `Failed with the seed ${seed}: TEST_SEED=${seed} repeats it`,
      {
        cause,
      },
    );
  }
}
