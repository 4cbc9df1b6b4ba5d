/**
 * Counts how often something was tried and how often it held.
 *
 * @module
 */

import { within } from "../support/wait.ts";
import type { Findings } from "./scenario.ts";

/** After so many failures nothing more is tried: each may have taken its deadline. */
const ENOUGH_FAILURES = 3;

/** The tries of one scenario; a failed one does not end the others. */
export class Tally {
  #tried = 0;
  readonly #failures: string[] = [];

  /**
   * Tries something once: it holds if nothing is thrown before the deadline.
   *
   * @param what Names the try if it fails.
   * @param attempt Throws if it does not hold.
   */
  async try(what: string, attempt: () => unknown): Promise<void> {
    if (this.#failures.length >= ENOUGH_FAILURES) return;
    this.#tried++;
    try {
      await within(Promise.resolve().then(attempt), { what });
    } catch (error) {
      this.#failures.push(`${what}: ${(error as Error).stack}`);
    }
  }

  /** What to report; failures stand beside the figure. */
  findings(figure: string): Findings {
    const tried = this.#tried;
    const held = tried - this.#failures.length;
    return { tried, held, figure: [figure, ...this.#failures].join("\n  ") };
  }
}
