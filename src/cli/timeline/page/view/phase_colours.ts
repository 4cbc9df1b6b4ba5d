/**
 * A colour for each name of a phase.
 *
 * @module
 */
import type { Phase, Timeline } from "../../model.ts";
import type { Theme } from "./theme.ts";

/** Gives each name of a phase a colour. A name keeps its place among the colours when the theme changes. */
export class PhaseColours {
  readonly #order = new Map<string, number>();
  #theme: Theme | undefined;

  constructor({ lanes }: Timeline) {
    for (const { phases } of lanes) {
      for (const phase of phases) {
        const name = baseName(phase);
        // Waiting for subscribers has no colour, because it is not work.
        if (name === "initialization" || this.#order.has(name)) continue;
        this.#order.set(name, this.#order.size);
      }
    }
  }

  /** Sets the theme. */
  follow(theme: Theme): void {
    this.#theme = theme;
  }

  /** The colour of a name; names share colours if there are more names than colours. */
  get(name: string): string {
    const { phases, neutral } = this.#theme!;
    const order = this.#order.get(name);
    return order === undefined ? neutral : phases[order % phases.length]!;
  }
}

/** The name of a phase without its sample: phases of one kind share it. */
export function baseName({ name }: Phase): string {
  return name.replace(/ #-?\d+$/, "");
}
