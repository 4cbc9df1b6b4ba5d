/**
 * How a publish ends: the last moment when its time is up, in which the
 * transport may still say whether it has sent the message, and what keeps that
 * from being sent later.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";

/** What ends once, and is known to have ended by whoever asks. */
export class Ending {
  #isOver = false;
  #over: AbortController | undefined;

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Aborts when it has ended: what was not sent by then, for the first time or again, must not be. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#isOver) this.#over.abort();
    return this.#over.signal;
  }

  /** Notes that it has ended. */
  protected conclude(): void {
    this.#isOver = true;
    this.#over?.abort();
  }
}

/** Milliseconds: the transport's own time may have begun a little later. */
const GRACE = 50;

/** Calls back when the transport has had time enough. */
export function afterGrace(callback: () => void): Timer {
  return after(GRACE, callback);
}

/** The error where it said nothing, and nobody's answer can prove that the message arrived. */
export function unconfirmedError(): Error {
  const error = new Error(
    "Cannot tell whether the signal was sent as the transport did not confirm it in time",
  );
  return Object.assign(error, { outcome: "unknown" as const });
}
