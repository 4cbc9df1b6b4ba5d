/**
 * What each fault scenario of the link is, for any client, and how it is run.
 *
 * @module
 */

import type { AdapterClient } from "../support/adapter_clients.ts";

/** One fault scenario. */
export interface LinkScenario {
  /** Its number in the list of scenarios. */
  readonly number: number;
  /** What is promised. */
  readonly title: string;
  /** Tries it; resolves with what was measured, throws if it did not hold. */
  run(client: AdapterClient): Promise<string>;
}

/** For figures: the middle one and the greatest. */
export function spread(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const text = (value: number | undefined) => (value ?? NaN).toFixed(0);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return `p50 ${text(middle)} ms, max ${text(sorted.at(-1))} ms`;
}

/** Tries every scenario with a client and prints what was found. */
export async function survive(
  client: AdapterClient,
  scenarios: readonly LinkScenario[],
  t: Deno.TestContext,
): Promise<void> {
  const rows: string[] = [];
  for (const { number, title, run } of scenarios) {
    let figure = "";
    const holds = await t.step(`[fault ${number}] ${title}`, async () => {
      figure = await run(client);
    });
    const verdict = holds ? `holds: ${figure}` : "DOES NOT HOLD";
    rows.push(`${client.name}  ${String(number).padStart(2)}  ${verdict}`);
  }
  console.log(rows.join("\n"));
}
