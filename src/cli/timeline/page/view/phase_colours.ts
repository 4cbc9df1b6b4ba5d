/**
 * A colour for each name of a phase.
 *
 * @module
 */
import type { Phase, Timeline } from "../../model.ts";
import type { Theme } from "./theme.ts";

/** Colours by the names of phases, and kept when the theme changes. */
export class PhaseColours {
  readonly #order = new Map<string, number>();
  #theme: Theme | undefined;

  constructor({ lanes }: Timeline) {
    for (const { phases } of lanes) {
      for (const phase of phases) {
        const name = baseName(phase);
        // Waiting for subscribers is no work, and so not in colour.
        if (name === "initialization" || this.#order.has(name)) continue;
        this.#order.set(name, this.#order.size);
      }
    }
  }

  /** Takes the colours of a theme. */
  follow(theme: Theme): void {
    this.#theme = theme;
  }

  /** The colour of a name; names share them when there are more names. */
  get(name: string): string {
    const { phases, neutral } = this.#theme!;
    const order = this.#order.get(name);
    return order === undefined ? neutral : phases[order % phases.length]!;
  }
}

/** The name of a phase without its sample, which all of its kind share. */
export function baseName({ name }: Phase): string {
  return name.replace(/ #-?\d+$/, "");
}
