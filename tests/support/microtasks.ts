/**
 * Runs pending microtasks in tests with fake time, where no timer fires.
 *
 * @module
 */

/** Enough for every chain of promises in the library. */
const TURNS = 30;

/** Resolves when all code that waits only for settled promises has run. */
export async function microtasks(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await undefined;
}
