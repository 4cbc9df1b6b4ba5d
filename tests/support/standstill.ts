/**
 * How long the event loop of the test stood still, because the machine is busy
 * with other things: what a test measures is held against its bound without
 * that.
 *
 * @module
 */

/** Milliseconds from one look at the clock to the next. */
const INTERVAL = 10;
/** Milliseconds by which a look may be late without a standstill. */
const USUAL = 15;

/** Looks at the clock until it is disposed of. */
export class Standstill implements Disposable {
  readonly #stalls: { readonly at: number; readonly ms: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #expected = performance.now() + INTERVAL;

  constructor() {
    this.#timer = setInterval(() => this.#look(), INTERVAL);
  }

  /** Milliseconds from a moment until now in which the event loop ran, both by `performance.now()`. */
  ranSince(from: number): number {
    this.#look();
    const to = performance.now();
    let ran = to - from;
    for (const { at, ms } of this.#stalls) {
      ran -= Math.max(0, at - Math.max(at - ms, from));
    }
    return ran;
  }

  /** Whether what happened at a moment may have waited for the event loop, and happened together with the rest that did. */
  delayed(moment: number): boolean {
    this.#look();
    return this.#stalls.some(({ at, ms }) =>
      moment >= at - ms && moment <= at + INTERVAL
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const ms = now - this.#expected;
    if (ms > USUAL) this.#stalls.push({ at: now, ms });
    this.#expected = now + INTERVAL;
  }
}
