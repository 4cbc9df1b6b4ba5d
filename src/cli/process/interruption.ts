/**
 * The signals that ask a process to end: the first asks a command to end, the
 * second asks it to hurry.
 *
 * @module
 */

/** The signals that end a command, and their numbers. */
const NUMBERS: Readonly<Partial<Record<Deno.Signal, number>>> =
  Deno.build.os === "windows"
    ? { SIGINT: 2, SIGBREAK: 21 }
    : { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** The reason for the end of a command that was interrupted. */
export class Interruption extends Error {
  /** Always `"Interruption"`. */
  override readonly name = "Interruption";
  /** The signal that the process got. */
  readonly signal: Deno.Signal;

  /** @param signal The signal that the process got. */
  constructor(signal: Deno.Signal) {
    super(`Interrupted by ${signal}`);
    this.signal = signal;
  }

  /** The exit code, as shells count: 128 and the signal's number. */
  get exitCode(): number {
    return 128 + (NUMBERS[this.signal] ?? 0);
  }
}

/** Listens for the signals until it is disposed of. */
export class Interruptions implements Disposable {
  readonly #first = new AbortController();
  readonly #second = new AbortController();
  readonly #listeners: readonly [Deno.Signal, () => void][];

  constructor() {
    this.#listeners = (Object.keys(NUMBERS) as Deno.Signal[]).map((name) => {
      const listener = () => this.#take(name);
      Deno.addSignalListener(name, listener);
      return [name, listener];
    });
  }

  /** Aborts at the first signal; its reason is an {@linkcode Interruption}. */
  get signal(): AbortSignal {
    return this.#first.signal;
  }

  /** Aborts at the second signal. */
  get hurry(): AbortSignal {
    return this.#second.signal;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) {
      Deno.removeSignalListener(name, listener);
    }
  }

  #take(signal: Deno.Signal): void {
    const isFirst = !this.#first.signal.aborted;
    (isFirst ? this.#first : this.#second).abort(new Interruption(signal));
  }
}
