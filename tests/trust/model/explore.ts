/**
 * Visits every state that a model can reach within a number of operations.
 *
 * @module
 */

/** What is explored. A state holds how it was reached, so that it can be told. */
export interface Model<State> {
  readonly start: State;
  /** Equal for states that no rule and no peer can tell apart. */
  key(state: State): string;
  /** What the world may do at any time, at no cost. */
  steps(state: State): State[];
  /** What the exporter may do; so many in a row are explored. */
  operations(state: State): State[];
  /** Whether nothing follows a state, because it violates a rule already. */
  isDead(state: State): boolean;
  /** Called with each state that as many operations as are explored have reached. */
  atEnd?(state: State): void;
}

/** Explores; returns how many states there are. */
export function explore<State>(
  model: Model<State>,
  operations: number,
): number {
  const seen = new Set([model.key(model.start)]);
  const addNew = (layer: State[], found: readonly State[]) => {
    for (const state of found) {
      if (model.isDead(state)) continue;
      const key = model.key(state);
      if (seen.has(key)) continue;
      seen.add(key);
      layer.push(state);
    }
  };
  let layer = [model.start];
  for (let count = 0; count <= operations; count++) {
    const next: State[] = [];
    // The layer grows while it is walked.
    for (let at = 0; at < layer.length; at++) {
      const state = layer[at]!;
      addNew(layer, model.steps(state));
      if (count < operations) addNew(next, model.operations(state));
      else model.atEnd?.(state);
    }
    layer = next;
  }
  return seen.size;
}

/** The kinds of violation that were found, each with how often, and the shortest way there. */
export class Findings {
  readonly #found = new Map<string, { count: number; trace: string }>();

  /** Notes a violation, and how it was reached. */
  add(kind: string, trace: readonly string[]): void {
    const found = this.#found.get(kind);
    if (found !== undefined) found.count++;
    else this.#found.set(kind, { count: 1, trace: trace.join("; ") });
  }

  /** The kinds, in the order of the alphabet. */
  get kinds(): string[] {
    return [...this.#found.keys()].sort();
  }

  /** A line for each kind. */
  get lines(): string[] {
    return [...this.#found].map(([kind, { count, trace }]) =>
      `VIOLATION (${count} transitions): ${kind}\n  first: ${trace}`
    );
  }
}
