/**
 * Lets what is due happen where no timer fires, as time is fake.
 *
 * @module
 */

/** Enough for every chain of promises in the library. */
const TURNS = 30;

/** Resolves when everything that waits for settled promises only has run. */
export async function microtasks(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await undefined;
}
