/**
 * One numbered fault scenario: a test that must say how often it was tried, how
 * often what was promised held, and what it measured.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** Names the file that every report is appended to, one line of JSON each. */
export const REPORT_VARIABLE = "STATE_SIGNALS_FAULTS_REPORT";

/** What a scenario found. */
export interface Findings {
  /** How often it was tried; more than 0. */
  readonly tried: number;
  /** How often what was promised held. */
  readonly held: number;
  /** What was measured, such as `p50 12 ms, p99 40 ms`. */
  readonly figure: string;
}

/** One line of the table of all scenarios. */
export interface Row extends Findings {
  readonly number: number;
  readonly title: string;
}

/** Ends a scenario: called exactly once. */
export type Report = (findings: Findings) => void;

/** How a scenario is run. */
export interface ScenarioOptions {
  /** What the scenario needs, such as `needsRedis("...")`. */
  readonly needs?: { readonly ignore: boolean };
}

/**
 * Registers a scenario as a test. It fails unless it reports that everything
 * that it tried held.
 *
 * @param number Its number in the list of scenarios.
 * @param title What is promised, as a sentence.
 * @param options What it needs.
 * @param run Tries it and reports.
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

/** For figures: `p50 12 ms, p99 40 ms`. */
export function percentiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number) => {
    const value = sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
    return value < 10 ? value.toFixed(1) : value.toFixed(0);
  };
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
