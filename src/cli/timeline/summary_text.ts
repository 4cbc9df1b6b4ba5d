/**
 * The figures of a timeline as text for a terminal, and as Markdown for the
 * summary of a CI job.
 *
 * @module
 */
import { counted } from "../output/counted.ts";
import { stripControls } from "../output/line.ts";
import { widthOf } from "../output/width.ts";
import type { Statistics, StatisticsRow } from "./statistics.ts";
import { formatSpan } from "./page/view/format.ts";

/** The most rows of subscribers in Markdown, because the size of a CI job's summary is limited. */
const MOST = 200;

/** Every row of a table, its head included. */
type Cells = readonly string[];

const HEAD = ["count", "p50", "p95", "worst", "failed", "missing"];

/** Writes the figures in columns. */
export function toText(statistics: Statistics, title: string): string {
  const { phases, subscribers } = statistics;
  return [
    `${stripControls(title)}: ${totalsOf(statistics)}`,
    ...(phases.length === 0 ? [] : ["", ...columns(phaseCells(phases))]),
    ...(subscribers.length === 0
      ? []
      : ["", ...columns(subscriberCells(subscribers))]),
    "",
  ].join("\n");
}

/** Writes the figures as Markdown, the subscribers with failures first. */
export function toMarkdown(statistics: Statistics, title: string): string {
  const { phases, subscribers } = statistics;
  const worstFirst = subscribers.toSorted(byTrouble);
  const rest = worstFirst.length - MOST;
  return [
    `## ${escapeMarkdown(title)}`,
    "",
    `${totalsOf(statistics)}.`,
    ...(phases.length === 0 ? [] : ["", ...markdown(phaseCells(phases))]),
    ...(subscribers.length === 0 ? [] : [
      "",
      "<details><summary>Each subscriber</summary>",
      "",
      ...markdown(subscriberCells(worstFirst.slice(0, MOST))),
      ...(rest > 0 ? ["", `${counted(rest, "more row")} left out.`] : []),
      "",
      "</details>",
    ]),
    "",
  ].join("\n");
}

function totalsOf({ totals }: Statistics): string {
  const { publishers, signals, answers, failed, missing, gaps } = totals;
  return [
    counted(publishers, "publisher"),
    counted(signals, "signal"),
    counted(answers, "answer"),
    `${failed} failed`,
    `${missing} missing`,
    ...(gaps === 0 ? [] : [counted(gaps, "gap")]),
  ].join(", ");
}

/** Orders rows: the most failed and missing answers first, then the slowest. */
function byTrouble(a: StatisticsRow, b: StatisticsRow): number {
  return b.failed + b.missing - a.failed - a.missing ||
    (b.worst ?? 0) - (a.worst ?? 0);
}

function phaseCells(rows: readonly StatisticsRow[]): Cells[] {
  return [
    ["publisher", "phase", "subscribers", ...HEAD],
    ...rows.map((row) => [
      ...[row.publisher, row.phase, row.subscriber.replace(/ .*/, "")],
      ...figures(row),
    ]),
  ];
}

function subscriberCells(rows: readonly StatisticsRow[]): Cells[] {
  return [
    ["publisher", "phase", "subscriber", ...HEAD],
    ...rows.map((row) => [
      ...[row.publisher, row.phase, row.subscriber],
      ...figures(row),
    ]),
  ];
}

function figures(
  { count, p50, p95, worst, failed, missing }: StatisticsRow,
): string[] {
  const span = (ms: number | undefined) =>
    ms === undefined ? "-" : formatSpan(ms);
  return [
    ...[String(count), span(p50), span(p95), span(worst)],
    ...[String(failed), String(missing)],
  ];
}

/** Names to the left, figures to the right. */
function columns(rows: readonly Cells[]): string[] {
  const safe = rows.map((row) => row.map(stripControls));
  const widths = safe[0]!.map((_, n) =>
    safe.reduce((most, row) => Math.max(most, widthOf(row[n]!)), 0)
  );
  return safe.map((row) =>
    row.map((cell, n) => {
      const space = " ".repeat(widths[n]! - widthOf(cell));
      return n < 3 ? cell + space : space + cell;
    }).join("  ")
  );
}

function markdown([head, ...rows]: readonly Cells[]): string[] {
  const row = (cells: Cells) => `| ${cells.join(" | ")} |`;
  return [
    row(head!),
    row(head!.map((_, n) => n < 3 ? "---" : "---:")),
    ...rows.map((cells) => row(cells.map(escapeMarkdown))),
  ];
}

/** Text of others as text: no markup, no link, no mention, no new cell. */
function escapeMarkdown(text: string): string {
  return stripControls(text)
    .replace(/[\\`*_{}[\]()#+!|~<>&@:]/g, (each) => `&#${each.charCodeAt(0)};`);
}
