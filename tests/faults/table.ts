/**
 * The table of all fault scenarios, and what is wrong with it. Pure.
 *
 * @module
 */

import type { Row } from "./scenario.ts";

const HEAD = ["", "tried", "held", "scenario", "figure"] as const;

/** The table as text, in the order of the scenarios' numbers. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    HEAD,
    ...rows.toSorted((a, b) => a.number - b.number).map((row) => [
      String(row.number),
      String(row.tried),
      String(row.held),
      row.title,
      row.figure,
    ]),
  ];
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length))
  );
  return lines.map((line) =>
    line.map((cell, column) =>
      column < 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    ).join("  ").trimEnd()
  ).join("\n");
}

/** One line for each scenario that did not hold or is missing. */
export function complaintsOf(
  rows: readonly Row[],
  expected: readonly number[],
): string[] {
  return [
    ...rows.filter(({ tried, held }) => tried < 1 || held !== tried).map((
      { number, title, tried, held },
    ) => `Scenario ${number} did not hold: ${held}/${tried}, ${title}`),
    ...expected.filter((each) => !rows.some(({ number }) => number === each))
      .map((number) => `Scenario ${number} is missing`),
  ];
}
