/**
 * The terminal that the live status is on.
 *
 * @module
 */
import type { Output } from "./output.ts";

/** How many columns the terminal has; `undefined` where there is none. */
export function terminalColumns(): number | undefined {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return undefined;
  }
}

/** Redraws the live status whenever the terminal gets another size, until it is disposed of. */
export class Resizes implements Disposable {
  readonly #listener: (() => void) | undefined;

  /** @param output Where the status is. */
  constructor(output: Pick<Output, "live" | "redraw">) {
    if (!output.live || Deno.build.os === "windows") return;
    this.#listener = () => output.redraw();
    Deno.addSignalListener("SIGWINCH", this.#listener);
  }

  /** Redraws no more. */
  [Symbol.dispose](): void {
    if (this.#listener === undefined) return;
    Deno.removeSignalListener("SIGWINCH", this.#listener);
  }
}
