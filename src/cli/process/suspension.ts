/**
 * Passes Ctrl-Z on to a command in a session of its own, which signals of the
 * terminal do not reach.
 *
 * @module
 */
import type { Child } from "./children.ts";

/** Stops and continues a command together with this process, until it is disposed of. */
export class Suspension implements Disposable {
  readonly #listeners: readonly [Deno.Signal, () => void][];

  /** @param child The command. */
  constructor(child: Pick<Child, "leadsSession" | "signal">) {
    this.#listeners = child.leadsSession
      ? [
        ["SIGTSTP", () => {
          child.signal("SIGSTOP");
          Deno.kill(Deno.pid, "SIGSTOP");
        }],
        ["SIGCONT", () => child.signal("SIGCONT")],
      ]
      : [];
    for (const [signal, listener] of this.#listeners) {
      Deno.addSignalListener(signal, listener);
    }
  }

  /** Stops listening to both signals. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}
