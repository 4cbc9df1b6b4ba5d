/**
 * What many episodes came to, as a table.
 *
 * @module
 */

import type { EpisodeRecord } from "./episode.ts";
import { Evidence } from "./evidence.ts";
import { type Violation, VIOLATIONS } from "./oracle.ts";

/** Sums episodes up. */
export class Table {
  readonly #counts = new Map<string, number>();
  readonly #violations = new Map<string, number>();
  readonly #contents = new Map<string, number>();
  #episodes = 0;

  /** Adds an episode that was judged. */
  add(record: EpisodeRecord, violations: readonly Violation[]): void {
    this.#episodes++;
    const { publishes } = new Evidence(record);
    for (const { end } of publishes) {
      count(this.#counts, "publishes");
      if (end === undefined) count(this.#counts, "killed before the end");
      else if (end.said === "rejected") {
        count(this.#counts, `rejected (${end.outcome ?? end.name})`);
      } else if (end.result.ok) count(this.#counts, "successes");
      else if (!end.result.waited) count(this.#counts, "without subscribers");
      else if (end.result.code === 1) count(this.#counts, "failed");
      else {
        for (const why of new Set(Object.values(end.result.missing))) {
          count(this.#counts, `missing: ${why}`);
        }
      }
      if (end?.said !== "settled") continue;
      for (const _ of Object.keys(end.result.acks)) {
        count(this.#counts, "acknowledgements credited");
      }
    }
    for (const { said } of record.exporters.flatMap(({ lines }) => lines)) {
      if (said === "stray") count(this.#counts, "responses not credited");
    }
    for (const { said } of record.responders.flatMap(({ lines }) => lines)) {
      if (said === "acted") count(this.#counts, "signals acted on");
      if (said === "publisher-lost") count(this.#counts, "publishers lost");
    }
    this.#addContents(record);
    for (const { kind } of record.finale) {
      if (kind === "beyond the bound") count(this.#counts, "fences too long");
    }
    for (const { kind } of violations) count(this.#violations, kind);
  }

  /** What was in the episode, so that a reader sees what the counts stand for. */
  #addContents({ plan, exporters, responders, happened }: EpisodeRecord): void {
    const note = (what: string) => count(this.#contents, what);
    note(`weather: ${plan.weather}`);
    note(`world: ${plan.world}`);
    if (plan.exporter.correlation === "off") note("correlation off");
    for (const { style = "Python" } of responders) note(`responder: ${style}`);
    for (const line of exporters.flatMap(({ lines }) => lines)) {
      if (line.said === "unsubscribe") note(`off the roster: ${line.why}`);
      if (line.said === "subscribe") note("on the roster");
      if (line.said === "did" && line.what === "shutdown") note("shutdown");
    }
    for (const each of happened) note(each);
  }

  /** How many violations there are. */
  get violations(): number {
    return [...this.#violations.values()].reduce((sum, each) => sum + each, 0);
  }

  /** The table, a line each. */
  lines(): string[] {
    const publishes = this.#counts.get("publishes") ?? 0;
    const row = (name: string, value: number, share = "") =>
      `${name.padEnd(44)}${String(value).padStart(8)}${share}`;
    return [
      row("episodes", this.#episodes),
      ...[...this.#counts].sort(([one], [other]) => one < other ? -1 : 1).map(
        ([name, value]) =>
          row(name, value, `  ${(100 * value / publishes).toFixed(1)} %`),
      ),
      "contents",
      ...[...this.#contents].sort(([one], [other]) => one < other ? -1 : 1)
        .map(([name, value]) => row(`  ${name}`, value)),
      "violations",
      ...VIOLATIONS.map((kind) =>
        row(`  ${kind}`, this.#violations.get(kind) ?? 0)
      ),
    ];
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
