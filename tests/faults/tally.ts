/**
 * Counts the tries of a scenario and the tries that held.
 *
 * @module
 */

import { within } from "../support/wait.ts";
import type { Findings } from "./scenario.ts";

/** The failures after which a tally tries no more: each may have lasted to its deadline. */
const ENOUGH_FAILURES = 3;

/** The tries of one scenario; a failed try does not end the others. */
export class Tally {
  #tried = 0;
  readonly #failures: string[] = [];

  /**
   * Makes one try: it holds if the attempt neither throws nor exceeds the deadline.
   *
   * @param what Names the try if it fails.
   * @param attempt Throws if the promise does not hold.
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

  /** The findings to report; failures stand beside the figure. */
  findings(figure: string): Findings {
    const tried = this.#tried;
    const held = tried - this.#failures.length;
    return { tried, held, figure: [figure, ...this.#failures].join("\n  ") };
  }
}
