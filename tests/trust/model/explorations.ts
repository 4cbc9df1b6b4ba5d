/**
 * What is explored, how deep, and what must be found: nothing where the rules
 * are whole, and what a rule prevents where it is taken out.
 *
 * @module
 */

import { explore, Findings } from "./explore.ts";
import { checkAgainstSource } from "./own_check.ts";
import { OwnModel, type OwnRule, type OwnState } from "./own_model.ts";
import { publishesUntilNewestCounts } from "./own_recovery.ts";
import type { OrderRule } from "./order_rules.ts";
import { checkAgainstExporter } from "./python_check.ts";
import { type Event, PythonModel, type PythonState } from "./python_model.ts";
import { publishesUntilItCounts } from "./python_recovery.ts";

/** How an exploration of Python peers goes. */
export interface PythonExploration {
  /** How many operations of the exporter in a row. */
  readonly operations: number;
  /** @default {1} */
  readonly peers?: number;
  /** Rows of the log whose order is kept. @default {Infinity} */
  readonly window?: number;
  /** The most `initialization`s of a fence. @default {Infinity} */
  readonly maxFence?: number;
  /** The most of them for a peer that was silent since the last ones. @default {8} */
  readonly maxFenceInSilence?: number;
  /** @default {["E", "F"]} */
  readonly events?: readonly Event[];
  /** Whether signals get lost on their way to the server. @default {false} */
  readonly isLossy?: boolean;
  /** A rule that is taken out. */
  readonly without?: OrderRule;
  /** Every such transition is made by the exporter of `src`, too; 0: none. @default {1} */
  readonly checkEvery?: number;
  /** Publishes after which a peer that answers must count. @default {1} */
  readonly mostPublishes?: number;
}

/** How an exploration of peers of this module goes. */
export interface OwnExploration
  extends Pick<PythonExploration, "operations" | "checkEvery"> {
  /** A rule that is taken out. */
  readonly without?: OwnRule;
  /** Moves that are made before. @default {[]} */
  readonly after?: readonly string[];
}

/** What an exploration came to. */
export interface Outcome {
  readonly states: number;
  /** Transitions that were made by `src` as well. */
  readonly checked: number;
  readonly findings: Findings;
  /** By how many publishes it takes until a live peer counts again, how many cases there are. */
  readonly recoveries: ReadonlyMap<number, number>;
}

/** A peer that answers everything never counts again, or too late. */
export const NOT_COUNTED = "a live peer does not count again";

/** Explores Python peers. */
export function explorePython(exploration: PythonExploration): Outcome {
  const {
    operations,
    peers = 1,
    window = Infinity,
    maxFence = Infinity,
    maxFenceInSilence = 8,
    events = ["E", "F"],
    isLossy = false,
    without,
    checkEvery = 1,
    mostPublishes = 1,
  } = exploration;
  const findings = new Findings();
  const sample = new Sample<PythonState>(
    without === undefined ? checkEvery : 0,
    (state) =>
      checkAgainstExporter(state, window === Infinity ? undefined : window),
  );
  const options = {
    peers,
    window,
    maxFence,
    maxFenceInSilence,
    events,
    isLossy,
    without: new Set(without === undefined ? [] : [without]),
  };
  const quiet = new PythonModel({ ...options, findings: new Findings() });
  const recoveries = new Map<number, number>();
  const model = new PythonModel({ ...options, findings, check: sample.check });
  const atEnd = (state: PythonState) =>
    state.peers.forEach(({ at }, r) => {
      // The rest of the past is answered, or never.
      for (const from of new Set([at, state.log.text.length])) {
        const tries = publishesUntilItCounts(quiet, state, r, from);
        recoveries.set(tries, (recoveries.get(tries) ?? 0) + 1);
        if (tries > mostPublishes) findings.add(NOT_COUNTED, state.moves);
      }
    });
  const states = explore(Object.assign(model, { atEnd }), operations);
  return { states, checked: sample.count, findings, recoveries };
}

/** Explores two processes of one id. */
export function exploreOwn(
  { operations, without, checkEvery = 1, after = [] }: OwnExploration,
): Outcome {
  const findings = new Findings();
  const sample = new Sample<OwnState>(
    without === undefined ? checkEvery : 0,
    checkAgainstSource,
  );
  const rules = new Set(without === undefined ? [] : [without]);
  const quiet = new OwnModel({ without: rules, findings: new Findings() });
  const recoveries = new Map<number, number>();
  const model = new OwnModel({ without: rules, findings, check: sample.check });
  const atEnd = (state: OwnState) => {
    const tries = publishesUntilNewestCounts(quiet, state);
    recoveries.set(tries, (recoveries.get(tries) ?? 0) + 1);
    // A wrong guess at the current process heals after one publish.
    if (tries > 2) findings.add(NOT_COUNTED, state.moves);
  };
  const start = after.reduce(
    (state, move) => model.move(state, move),
    model.start,
  );
  const states = explore(Object.assign(model, { start, atEnd }), operations);
  return { states, checked: sample.count, findings, recoveries };
}

/** Checks every so many states. */
class Sample<State> {
  /** How many were checked. */
  count = 0;
  readonly #every: number;
  readonly #check: (state: State) => void;
  #passed = 0;

  constructor(every: number, check: (state: State) => void) {
    this.#every = every;
    this.#check = check;
  }

  readonly check = (state: State): void => {
    if (this.#every === 0 || this.#passed++ % this.#every !== 0) return;
    this.count++;
    this.#check(state);
  };
}
