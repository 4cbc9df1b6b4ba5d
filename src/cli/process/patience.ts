/**
 * How long answers are waited for by a command that may be interrupted.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import type { Context } from "../args/command.ts";

/** Milliseconds that answers have from an interruption on. */
export interface PatienceOptions {
  /** From the first. */
  readonly interrupted: number;
  /** From the second. */
  readonly hurry: number;
}

/** The time for one event's answers, cut short by what comes meanwhile. */
export class Patience implements Disposable {
  /** Milliseconds, by what has come so far. */
  readonly left: number;
  readonly #cut = new AbortController();
  readonly #disposed = new AbortController();
  readonly #timers: Timer[] = [];

  /**
   * @param context When it is interrupted.
   * @param options How long answers have then.
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

  /** Aborts when what comes from now on has cut the time short; its reason is the interruption. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** Stops the clock. */
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
