/**
 * SIGINT and SIGTERM: the first asks a command to end, the second ends it.
 *
 * @module
 */
import { ExitCode } from "../exit_codes.ts";

/** Why a command ends that was interrupted. */
export class Interruption extends Error {
  /** Always `"Interruption"`. */
  override readonly name = "Interruption";
  /** What came. */
  readonly signal: Deno.Signal;

  /** @param signal What came. */
  constructor(signal: Deno.Signal) {
    super(`Interrupted by ${signal}`);
    this.signal = signal;
  }
}

/** Listens for the signals from now until it is disposed of. */
export class Interruptions implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: readonly [Deno.Signal, () => void][];

  constructor() {
    this.#listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
      const listener = () => this.#take(name);
      Deno.addSignalListener(name, listener);
      return [name, listener];
    });
  }

  /** Aborts at the first; its reason is an {@linkcode Interruption}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) {
      Deno.removeSignalListener(name, listener);
    }
  }

  #take(signal: Deno.Signal): void {
    if (this.#controller.signal.aborted) Deno.exit(ExitCode.Interrupted);
    this.#controller.abort(new Interruption(signal));
  }
}
