/**
 * What was measured, as text for people.
 *
 * @module
 */

import type { Bar } from "./bars.ts";
import type { Row, Table } from "./results.ts";

/** One table of one quantity. */
export function tableText({ title, unit, rows }: Table): string {
  const hasP99 = rows.some(({ p99 }) => p99 !== undefined);
  const head = [
    "",
    `median ${unit}`,
    ...(hasP99 ? ["p99"] : []),
    `to ${rows[0]?.contender}`,
    "spread over repeats",
  ];
  const lines = rows.map((row) => [
    row.contender,
    figure(row.median),
    ...(hasP99 ? [row.p99 === undefined ? "" : figure(row.p99)] : []),
    figure(row.ratio),
    spread(row),
  ]);
  return `${title}\n${aligned([head, ...lines])}`;
}

/** All bars of what was measured at all. */
export function barsText(bars: readonly Bar[]): string {
  const lines = bars.map((bar) => [
    bar.held === undefined ? "not measured" : bar.held ? "held" : "NOT HELD",
    `(${bar.measure}) ${bar.says}`,
    bar.measured === undefined ? "" : figure(bar.measured),
    `${bar.atMost ? "at most" : "at least"} ${figure(bar.limit)}`,
  ]);
  return aligned([["", "bar", "measured", "limit"], ...lines], [0, 1]);
}

function spread({ spread: [least, most], median }: Row): string {
  const width = median === 0 ? 0 : (most - least) / median * 100;
  return `${figure(least)} … ${figure(most)} (${width.toFixed(0)} %)`;
}

/** Three digits, or all of those before the point. */
function figure(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}

/** Columns to the right, but these and the last to the left. */
function aligned(
  lines: readonly string[][],
  left: readonly number[] = [0],
): string {
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length))
  );
  return lines.map((line) =>
    line.map((cell, column) =>
      left.includes(column)
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  ).map((line) => `  ${line}\n`).join("");
}
