/**
 * Waits until certain publishers have shut down.
 *
 * @module
 */
import { after, type Timer } from "../../internal/timer.ts";
import { SHUTDOWN, type Signal } from "../../protocol/signal/signal.ts";
import { parseSignal } from "../../protocol/signal/parser.ts";

/** Milliseconds that answers to the last `shutdown` have to come in. */
const LAST_ANSWERS = 500;

/** Looks at signals; without names it waits for no publisher. */
export class ShutdownWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #awaited: Set<string>;
  #timer: Timer | undefined;

  /** @param names Process names and publisher ids. */
  constructor(names: readonly string[]) {
    this.#awaited = new Set(names);
  }

  /** Aborts when all of them have, and the answers have come in. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Looks at the payload of a signal. */
  see(payload: string): void {
    // Most payloads need not be parsed to know that they are not it.
    if (this.#awaited.size === 0 || !payload.includes(SHUTDOWN)) return;
    const signal = readSignal(payload);
    if (signal?.event !== SHUTDOWN) return;
    this.#awaited.delete(signal.processName);
    this.#awaited.delete(signal.publisherId);
    if (this.#awaited.size > 0) return;
    this.#timer = after(LAST_ANSWERS, () => this.#controller.abort());
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}

function readSignal(payload: string): Signal | undefined {
  try {
    return parseSignal(payload);
  } catch {
    // It is recorded all the same.
    return undefined;
  }
}
