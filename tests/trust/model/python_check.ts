/**
 * Holds the exporter of `src` against the plain rules: plays a state's moves
 * once more with it, and compares whatever it lets be seen.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { eventOf } from "./order_rules.ts";
import type { Event, PythonState } from "./python_model.ts";
import { RealExporter, type Verdict } from "./real_exporter.ts";

const NAMES: Readonly<Record<string, string>> = {
  i: "initialization",
  s: "shutdown",
  E: "E",
  F: "F",
};
/** The letter of an event, in the model's log. */
const LETTERS: Readonly<Record<string, string>> = {
  initialization: "i",
  shutdown: "s",
  E: "E",
  F: "F",
};

/** Compares; throws where the exporter does otherwise. */
export function checkAgainstExporter(
  state: PythonState,
  window: number | undefined,
): void {
  // No caller can make an exporter forget one peer.
  if (state.moves.some((move) => move.startsWith("forget"))) return;
  const exporter = new RealExporter({ window });
  let verdict: Verdict | undefined;
  for (const move of state.moves) {
    verdict = play(exporter, move, state.log.text);
  }
  const expected = {
    log: state.log.text.replace(/[a-f-]/g, ""),
    roster: state.peers.flatMap(({ on }, r) => on ? [nameOf(r)] : []),
    owed: owedIn(state),
    isCredited: state.verdict === "credited",
    isDoubt: state.verdict === "doubt",
  };
  const actual = {
    log: exporter.signals.filter(({ isUnsent }) => !isUnsent)
      .map(({ event }) => LETTERS[event]).join(""),
    roster: [...exporter.subscribers].sort(),
    owed: Object.fromEntries(
      [...exporter.owed].map(([event, ids]) => [event, [...ids].sort()]),
    ),
    isCredited: verdict === "credited",
    isDoubt: state.verdict === "doubt" && verdict === "stray: stale",
  };
  assertEquals(actual, expected, `after ${state.moves.join("; ")}`);
}

function play(
  exporter: RealExporter,
  move: string,
  log: string,
): Verdict | undefined {
  const [what, first = "", second] = move.split(" ");
  switch (what) {
    case "init":
      exporter.initialize(first === "" ? [] : [nameOf(Number(first))]);
      break;
    case "ask":
      exporter.ask();
      break;
    case "shutdown":
      exporter.shutdown();
      break;
    case "publish":
      exporter.publish(first, second === "held");
      break;
    case "confirm":
    case "unsend":
    case "lose":
      exporter.tell(what);
      break;
    case "expire":
      exporter.expire(first);
      break;
    case "evict":
      exporter.remove(nameOf(Number(first)));
      break;
    case "answer": {
      const event = NAMES[eventOf(log[Number(second)]!)]!;
      return exporter.deliver({ responderId: nameOf(Number(first)), event });
    }
  }
  return undefined;
}

function owedIn({ flights }: PythonState): Record<string, string[]> {
  const owed: Record<string, string[]> = {};
  for (const [event, flight] of Object.entries(flights)) {
    owed[NAMES[event as Event]!] = flight.owed.flatMap((owes, r) =>
      owes ? [nameOf(r)] : []
    );
  }
  return owed;
}

function nameOf(r: number): string {
  return `python-${r}`;
}
