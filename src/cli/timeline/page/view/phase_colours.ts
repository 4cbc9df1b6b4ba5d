/**
 * A colour and a number for each name of a phase.
 *
 * @module
 */
import type { Phase, Timeline } from "../../model.ts";
import type { Theme } from "./theme.ts";

/** Gives each name of a phase a colour. A name keeps its place among the colours when the theme changes. */
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

  /** Sets the theme. */
  follow(theme: Theme): void {
    this.#theme = theme;
  }

  /** The number that stands for a name in the legend, from 1. */
  keyOf(name: string): number {
    return this.#order.get(name)! + 1;
  }

  /** The colour of a name; names share colours if there are more names than colours. */
  get(name: string): string {
    const { phases, neutral } = this.#theme!;
    // Waiting for subscribers has no colour, because it is not work.
    if (name === "initialization") return neutral;
    const grey = this.#order.get("initialization") ?? Infinity;
    const order = this.#order.get(name)!;
    return phases[(order > grey ? order - 1 : order) % phases.length]!;
  }
}

/** The name of a phase without its sample: phases of one kind share it. */
export function baseName({ name }: Phase): string {
  return name.replace(/ #-?\d+$/, "");
}
