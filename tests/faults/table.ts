/**
 * The table of all fault scenarios, and the complaints about it. Pure.
 *
 * @module
 */

import type { Row } from "./scenario.ts";

/** The table as text, in the order of the scenarios' numbers: two lines each. */
export function tableOf(rows: readonly Row[]): string {
  const scores = rows.map(({ held, tried }) => `${held}/${tried}`.length);
  const width = Math.max(...scores, "held".length);
  const line = (number: string, score: string, text: string) =>
    `${number.padStart(2)}  ${score.padStart(width)}  ${text}`;
  return [
    line("", "held", "scenario, and what it measured"),
    ...rows.toSorted((a, b) => a.number - b.number).flatMap(
      ({ number, title, tried, held, figure }) => [
        line(String(number), `${held}/${tried}`, title),
        line("", "", `  ${figure}`),
      ],
    ),
  ].join("\n");
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
