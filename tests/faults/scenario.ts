/**
 * One numbered fault scenario: a test that reports the number of its tries, the
 * number of tries in which the promise held, and a measured figure.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** The variable that names the file to which every report is appended as a line of JSON. */
export const REPORT_VARIABLE = "STATE_SIGNALS_FAULTS_REPORT";

/** The findings of a scenario. */
export interface Findings {
  /** The number of tries; more than 0. */
  readonly tried: number;
  /** The number of tries in which the promise held. */
  readonly held: number;
  /** The measured figure, such as `p50 12 ms, p99 40 ms`. */
  readonly figure: string;
}

/** One line of the table of all scenarios. */
export interface Row extends Findings {
  readonly number: number;
  readonly title: string;
}

/** Ends a scenario: called exactly once. */
export type Report = (findings: Findings) => void;

/** Options of a scenario. */
export interface ScenarioOptions {
  /** The needs of the scenario, such as `needsRedis("...")`. */
  readonly needs?: { readonly ignore: boolean };
}

/**
 * Registers a scenario as a test. The test fails unless the scenario reports that
 * the promise held in every try.
 *
 * @param number Its number in the list of scenarios.
 * @param title The promise: the condition and the result.
 * @param options The needs of the scenario.
 * @param run Tries the promise and reports.
 */
export function scenario(
  number: number,
  title: string,
  { needs }: ScenarioOptions,
  run: (report: Report) => Promise<void>,
): void {
  const label = `[fault ${String(number).padStart(2, "0")}] ${title}`;
  Deno.test(label, { ignore: needs?.ignore ?? false }, async () => {
    const reported: Findings[] = [];
    await run((findings) => void reported.push(findings));
    assertEquals(reported.length, 1, `${label}: reports ${reported.length}x`);
    for (const { tried, held, figure } of reported) {
      await record({ number, title, tried, held, figure });
      console.log(`${label}: held ${held}/${tried}, ${figure}`);
      assert(tried > 0, `${label}: nothing was tried`);
      assertEquals(held, tried, `${label}: held ${held}/${tried}, ${figure}`);
    }
  });
}

async function record(row: Row): Promise<void> {
  const file = Deno.env.get(REPORT_VARIABLE);
  if (file === undefined) return;
  await Deno.writeTextFile(file, `${JSON.stringify(row)}\n`, { append: true });
}

/** Formats a figure: `p50 12 ms, p99 40 ms`. */
export function percentiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number) => {
    const value = sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
    return value < 10 ? value.toFixed(1) : value.toFixed(0);
  };
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
