/**
 * Timers that take any span: `setTimeout` fires at once for more than 2^31 - 1
 * milliseconds, and these do not.
 *
 * @module
 */

const LONGEST = 2 ** 31 - 1;

/** A timer that was set. */
export interface Timer {
  /** Keeps the timer from firing; no effect once it has fired. */
  cancel(): void;
}

/** Calls back after so many milliseconds; never for `Infinity`. */
export function after(ms: number, callback: () => void): Timer {
  let remaining = ms;
  let id: ReturnType<typeof setTimeout> | undefined;
  const step = () => {
    if (remaining <= LONGEST) {
      id = setTimeout(callback, remaining);
    } else if (remaining !== Infinity) {
      remaining -= LONGEST;
      id = setTimeout(step, LONGEST);
    }
  };
  step();
  return { cancel: () => clearTimeout(id) };
}

/**
 * Calls back after so many milliseconds, once what had arrived by then has been
 * read: an event loop that was blocked runs its timers before its reads.
 */
export function afterReads(ms: number, callback: () => void): Timer {
  let timer = after(ms, () => {
    timer = after(0, callback);
  });
  return { cancel: () => timer.cancel() };
}

/** Calls back every so many milliseconds. */
export function every(ms: number, callback: () => void): Timer {
  let timer: Timer;
  const step = () => {
    timer = after(ms, () => {
      step();
      callback();
    });
  };
  step();
  return { cancel: () => timer.cancel() };
}

/**
 * Waits.
 *
 * @param ms Milliseconds.
 * @param signal Ends the wait early.
 * @throws The signal's reason, if it aborts.
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      timer.cancel();
      reject(signal!.reason);
    };
    const timer = after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
