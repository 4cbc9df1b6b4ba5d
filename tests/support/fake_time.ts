/**
 * Timers that fire when the test says so.
 *
 * @module
 */

interface FakeTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** Replaces `setTimeout`, `clearTimeout` and `performance.now` until it is disposed of. */
export class FakeTime implements Disposable {
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  readonly #timers = new Map<number, FakeTimer>();
  #now = 0;
  #lastId = 0;

  constructor() {
    const set = (callback: () => void, ms = 0) => {
      // The platform's own rule: what does not fit fires at once.
      const wait = ms > 2 ** 31 - 1 ? 1 : ms;
      this.#timers.set(++this.#lastId, { at: this.#now + wait, callback });
      return this.#lastId;
    };
    const clear = (id: number) => this.#timers.delete(id);
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    performance.now = () => this.#now;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass and fires what is due, in its order. */
  tick(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(([, { at }]) => at <= until)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [id, { at, callback }] = due;
      this.#timers.delete(id);
      this.#now = at;
      callback();
    }
    this.#now = until;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
    Reflect.deleteProperty(performance, "now"); // what the prototype has shows again
  }
}
