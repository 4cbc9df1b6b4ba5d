/**
 * Timers that fire when the test advances the time.
 *
 * @module
 */

/** A fake `AbortSignal.timeout`, with the members that the module's timers use. */
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

/** A time before every time of the real clock, at which no real timer is due. */
const BEGINNING = -(2 ** 45);

/** Replaces `AbortSignal.timeout` and `performance.now` until its disposal. */
export class FakeTime implements Disposable {
  readonly #real = AbortSignal.timeout;
  readonly #signals = new Set<FakeSignal>();
  #now: number;

  /** @param now The time at the beginning; the default is before every time of the real clock. */
  constructor(now = BEGINNING) {
    this.#now = now;
    const timeout = (ms: number) => {
      // The platform's rule: a time that does not fit fires at once.
      const signal = new FakeSignal(this.#now + (ms > 2 ** 31 - 1 ? 1 : ms));
      this.#signals.add(signal);
      return signal;
    };
    Object.assign(AbortSignal, { timeout });
    performance.now = () => this.#now;
  }

  /** The number of pending timers. */
  get pending(): number {
    return [...this.#signals].filter(({ listeners }) => listeners.size > 0)
      .length;
  }

  /** Milliseconds until the next timer fires; `Infinity`: there is none. */
  get untilNext(): number {
    const waiting = [...this.#signals].filter((each) =>
      each.listeners.size > 0
    );
    return Math.min(...waiting.map(({ at }) => at)) - this.#now;
  }

  /** Lets time pass and fires the due timers in their order. */
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
    Reflect.deleteProperty(performance, "now"); // reveals the prototype's method
    const { pending } = this;
    // A timer that has not fired never will, so it must not be awaited.
    for (const signal of this.#signals) signal.aborted = true;
    if (pending > 0) throw new Error("A timer was left behind in fake time");
  }

  #fire(signal: FakeSignal): void {
    this.#signals.delete(signal);
    signal.aborted = true;
    for (const listener of signal.listeners) listener();
  }
}
