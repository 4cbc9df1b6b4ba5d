/**
 * Limits the time for answers after a command was interrupted.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import type { Context } from "../args/command.ts";

/** Milliseconds for answers after an interruption. */
export interface PatienceOptions {
  /** After the first. */
  readonly interrupted: number;
  /** After the second. */
  readonly hurry: number;
}

/** The time for the answers to one event, which interruptions cut short. */
export class Patience implements Disposable {
  /** Milliseconds for answers, by the interruptions so far. */
  readonly left: number;
  readonly #cut = new AbortController();
  readonly #disposed = new AbortController();
  readonly #timers: Timer[] = [];

  /**
   * @param context The interruptions of the command.
   * @param options The time for answers after each of them.
   */
  constructor(
    { interrupted, hurry }: Pick<Context, "interrupted" | "hurry">,
    options: PatienceOptions,
  ) {
    this.left = hurry.aborted
      ? options.hurry
      : interrupted.aborted
      ? options.interrupted
      : Infinity;
    this.#expect(interrupted, options.interrupted);
    this.#expect(hurry, options.hurry);
  }

  /** Aborts at the end of the time after an interruption; its reason is the interruption. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** Stops the time for good. */
  [Symbol.dispose](): void {
    this.#disposed.abort();
    for (const timer of this.#timers) timer.cancel();
  }

  #expect(cause: AbortSignal, ms: number): void {
    cause.addEventListener(
      "abort",
      () => this.#timers.push(after(ms, () => this.#cut.abort(cause.reason))),
      { once: true, signal: this.#disposed.signal },
    );
  }
}
