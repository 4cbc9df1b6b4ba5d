/**
 * Timers that fire when the test says so.
 *
 * @module
 */

/** Of a fake `AbortSignal.timeout`, as far as the module's timers use one. */
class FakeSignal {
  aborted = false;
  readonly at: number;
  readonly listeners = new Set<() => void>();

  constructor(at: number) {
    this.at = at;
  }

  addEventListener(_: "abort", listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.listeners.delete(listener);
  }
}

/** Before every time of the real clock: none of its timers is due by then. */
const BEGINNING = -(2 ** 45);

/** Replaces `AbortSignal.timeout` and `performance.now` until it is disposed of. */
export class FakeTime implements Disposable {
  readonly #real = AbortSignal.timeout;
  readonly #signals = new Set<FakeSignal>();
  #now = BEGINNING;

  constructor() {
    const timeout = (ms: number) => {
      // The platform's own rule: what does not fit fires at once.
      const signal = new FakeSignal(this.#now + (ms > 2 ** 31 - 1 ? 1 : ms));
      this.#signals.add(signal);
      return signal;
    };
    Object.assign(AbortSignal, { timeout });
    performance.now = () => this.#now;
  }

  /** How many timers are waited for. */
  get pending(): number {
    return [...this.#signals].filter(({ listeners }) => listeners.size > 0)
      .length;
  }

  /** Lets time pass and fires what is due, in its order. */
  tick(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#signals]
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = due.at;
      this.#fire(due);
    }
    this.#now = until;
  }

  [Symbol.dispose](): void {
    Object.assign(AbortSignal, { timeout: this.#real });
    Reflect.deleteProperty(performance, "now"); // what the prototype has shows again
    const { pending } = this;
    // What has not fired never will: nobody is to wait for it.
    for (const signal of this.#signals) signal.aborted = true;
    if (pending > 0) throw new Error("A timer was left behind in fake time");
  }

  #fire(signal: FakeSignal): void {
    this.#signals.delete(signal);
    signal.aborted = true;
    for (const listener of signal.listeners) listener();
  }
}
