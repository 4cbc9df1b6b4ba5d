/**
 * (j) The commands that a server sees in an hour of one exporter and 30
 * responders, on a simulated clock: while a publish waits for all of them, and
 * while they are idle.
 *
 * @module
 */

import type { Bench } from "../bench.ts";
import type { Results } from "../results.ts";
import {
  type SimulatedHour,
  simulateHour,
} from "../../support/simulated_run.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const STATES = {
  waiting: "while one publish waits",
  idle: "idle",
} as const;

/** The options of both ends, by what they are called. */
const MODES = {
  "by default": {},
  "quiet": { quiet: true },
  "by default, not counted": { countSubscribers: false },
  "quiet, not counted": { quiet: true, countSubscribers: false },
} as const;

type State = keyof typeof STATES;

export async function commands(bench: Bench): Promise<void> {
  const { repeats, quick, results } = bench;
  for (let repeat = 1; repeat <= repeats; repeat++) {
    bench.note(`(j) commands, repeat ${repeat}/${repeats}`);
    for (const state of Object.keys(STATES) as State[]) {
      for (const [mode, options] of Object.entries(MODES)) {
        const ms = quick ? MINUTE : HOUR;
        const hour = await simulateHour(state, options, ms);
        addTotal(results, state, mode, hour);
        if (!mode.includes(",")) addEach(results, state, mode, hour);
      }
    }
  }
}

function addTotal(
  results: Results,
  state: State,
  mode: string,
  { total }: SimulatedHour,
): void {
  const table = {
    key: `j/${state}`,
    title: `(j) An hour of 31 processes, ${STATES[state]}`,
    unit: "commands",
  } as const;
  results.add(table, mode, { value: total });
}

function addEach(
  results: Results,
  state: State,
  mode: string,
  { total, commands, delivered }: SimulatedHour,
): void {
  const table = {
    key: `j/${state}/${mode}`,
    title: `(j) The same, ${STATES[state]}, ${mode}: by command`,
    unit: "commands",
  } as const;
  results.add(table, "all", { value: total });
  for (const [command, value] of [...commands].sort(([, a], [, b]) => b - a)) {
    results.add(table, command, { value });
  }
  results.add(table, "messages delivered", { value: delivered });
}
