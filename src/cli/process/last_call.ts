/**
 * Limits the time that a command has after it was interrupted.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import type { Interruptions } from "./interruption.ts";

/** Milliseconds for the end of a command, whose server may not answer: the process must exit within a second. */
const PATIENCE = 750;

/**
 * Ends the process if the command does not end by itself: some time after the
 * first interruption, or after the last hold; some time after the second
 * interruption even during a hold.
 */
export class LastCall implements Disposable {
  readonly #interruptions: Pick<Interruptions, "signal" | "hurry">;
  readonly #end: () => void;
  #holds = 0;
  #timer: Timer | undefined;

  /**
   * @param interruptions The interruptions that begin the time.
   * @param end Called when the time is up.
   */
  constructor(
    interruptions: Pick<Interruptions, "signal" | "hurry">,
    end: () => void,
  ) {
    this.#interruptions = interruptions;
    this.#end = end;
    const { signal, hurry } = interruptions;
    signal.addEventListener("abort", this.#look, { once: true });
    hurry.addEventListener("abort", this.#look, { once: true });
  }

  /** Stops the time until the result is disposed of: for work that has a limit of its own. */
  hold(): Disposable {
    this.#holds++;
    this.#look();
    return {
      [Symbol.dispose]: () => {
        this.#holds--;
        this.#look();
      },
    };
  }

  /** Stops the time for good. */
  [Symbol.dispose](): void {
    const { signal, hurry } = this.#interruptions;
    signal.removeEventListener("abort", this.#look);
    hurry.removeEventListener("abort", this.#look);
    this.#timer?.cancel();
  }

  readonly #look = (): void => {
    const { signal, hurry } = this.#interruptions;
    if (hurry.aborted || (signal.aborted && this.#holds === 0)) {
      this.#timer ??= after(PATIENCE, this.#end);
    } else {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  };
}
