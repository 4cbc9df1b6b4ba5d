/**
 * A colour and a number for each name of a phase.
 *
 * @module
 */
import type { Phase, Timeline } from "../../model.ts";
import type { Theme } from "./theme.ts";

/** Colours by the names of phases, and kept when the theme changes. */
export class PhaseColours {
  /** All names, in the order of their appearance. */
  readonly names: readonly string[];
  readonly #order = new Map<string, number>();
  #theme: Theme | undefined;

  constructor({ lanes }: Timeline) {
    for (const { phases } of lanes) {
      for (const phase of phases) {
        const name = baseName(phase);
        if (!this.#order.has(name)) this.#order.set(name, this.#order.size);
      }
    }
    this.names = [...this.#order.keys()];
  }

  /** Takes the colours of a theme. */
  follow(theme: Theme): void {
    this.#theme = theme;
  }

  /** The number that stands for a name in the legend, from 1. */
  keyOf(name: string): number {
    return this.#order.get(name)! + 1;
  }

  /** The colour of a name; names share them when there are more names. */
  get(name: string): string {
    const { phases, neutral } = this.#theme!;
    // Waiting for subscribers is no work, and so not in colour.
    if (name === "initialization") return neutral;
    const grey = this.#order.get("initialization") ?? Infinity;
    const order = this.#order.get(name)!;
    return phases[(order > grey ? order - 1 : order) % phases.length]!;
  }
}

/** The name of a phase without its sample, which all of its kind share. */
export function baseName({ name }: Phase): string {
  return name.replace(/ #-?\d+$/, "");
}
