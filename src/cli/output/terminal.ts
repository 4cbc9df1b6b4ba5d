/**
 * The terminal of the live status: its width, and changes of that.
 *
 * @module
 */
import type { Output } from "./output.ts";

/** The columns of the terminal; `undefined` if there is no terminal. */
export function terminalColumns(): number | undefined {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return undefined;
  }
}

/** Redraws the live status whenever the size of the terminal changes, until it is disposed of. */
export class Resizes implements Disposable {
  readonly #listener: (() => void) | undefined;

  /** @param output Shows the status. */
  constructor(output: Pick<Output, "live" | "redraw">) {
    if (!output.live || Deno.build.os === "windows") return;
    this.#listener = () => output.redraw();
    Deno.addSignalListener("SIGWINCH", this.#listener);
  }

  /** Stops redrawing. */
  [Symbol.dispose](): void {
    if (this.#listener === undefined) return;
    Deno.removeSignalListener("SIGWINCH", this.#listener);
  }
}
