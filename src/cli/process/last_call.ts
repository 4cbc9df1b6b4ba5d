/**
 * The time that a command has once it was interrupted.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import type { Interruptions } from "./interruption.ts";

/** Milliseconds for saying goodbye to a server that may not answer: within a second all is over. */
const PATIENCE = 750;

/**
 * Ends what does not end by itself: so long after the first interruption, or
 * after what was held has been let go; so long after the second in any case.
 */
export class LastCall implements Disposable {
  readonly #interruptions: Pick<Interruptions, "signal" | "hurry">;
  readonly #end: () => void;
  #holds = 0;
  #timer: Timer | undefined;

  /**
   * @param interruptions When the time begins.
   * @param end Called when it is up.
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

  /** Keeps the time from running, for work that has a limit of its own. */
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

  /** Stops the clock. */
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
