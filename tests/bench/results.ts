/**
 * What was measured: tables of one quantity each, a row for each contender, a
 * value for each repeat.
 *
 * @module
 */

import { median } from "./statistics.ts";

/** What all values of a table are. */
export type Unit = "ms" | "/s" | "µs" | "MiB" | "% of a core" | "commands";

/** One quantity, of everybody. */
export interface Table {
  /** Names it for the bars: `d/1000/time`. */
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  readonly rows: readonly Row[];
}

/** One quantity, of one contender. */
export interface Row {
  readonly contender: string;
  /** Of all repeats. */
  readonly median: number;
  /** Median over the repeats, where one repeat gives a distribution. */
  readonly p99?: number;
  /** Its median divided by that of the table's first row. */
  readonly ratio: number;
  /** The least and the most of all repeats. */
  readonly spread: readonly [number, number];
  /** One value for each repeat. */
  readonly repeats: readonly number[];
}

/** What one repeat found. */
export interface Finding {
  readonly value: number;
  readonly p99?: number;
}

interface Collected {
  readonly title: string;
  readonly unit: Unit;
  readonly findings: Map<string, Finding[]>;
}

/** Collects what the repeats find. */
export class Results {
  readonly #tables = new Map<string, Collected>();

  /** Notes what one repeat found of one contender. */
  add(
    { key, title, unit }: Pick<Table, "key" | "title" | "unit">,
    contender: string,
    finding: Finding,
  ): void {
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = { title, unit, findings: new Map() };
      this.#tables.set(key, table);
    }
    const findings = table.findings.get(contender);
    if (findings === undefined) table.findings.set(contender, [finding]);
    else findings.push(finding);
  }

  /** All tables, in the order in which they were begun. */
  tables(): Table[] {
    return Array.from(this.#tables, ([key, { title, unit, findings }]) => {
      const medians = Array.from(
        findings.values(),
        (each) => median(each.map(({ value }) => value)),
      );
      const rows = Array.from(
        findings,
        ([contender, each], index) =>
          rowOf(contender, each, medians[index]! / medians[0]!),
      );
      return { key, title, unit, rows };
    });
  }
}

function rowOf(
  contender: string,
  findings: readonly Finding[],
  ratio: number,
): Row {
  const repeats = findings.map(({ value }) => value);
  const p99s = findings.map(({ p99 }) => p99).filter((p99) =>
    p99 !== undefined
  );
  return {
    contender,
    median: median(repeats),
    ...(p99s.length > 0 ? { p99: median(p99s) } : {}),
    ratio,
    spread: [Math.min(...repeats), Math.max(...repeats)],
    repeats,
  };
}
