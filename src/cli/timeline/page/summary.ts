/**
 * The figures above the chart.
 *
 * @module
 */
import type { Document } from "./view/dom.ts";
import type { Timeline } from "../model.ts";
import type { Totals } from "../statistics.ts";
import { formatClock, formatSpan } from "./view/format.ts";

/** Writes the figures. A figure of failures is a button that searches for them. */
export function writeSummary(
  document: Document,
  { started, end, oddities, undrawn }: Timeline,
  totals: Totals,
  search: (query: string) => void,
): void {
  const facts: [name: string, count: number, className: string][] = [
    ["publishers", totals.publishers, ""],
    ["signals", totals.signals, ""],
    ["answers", totals.answers, ""],
    ["failed", totals.failed, "bad"],
    ["missing", totals.missing, "missing"],
    ["gaps", totals.gaps, "neutral"],
    ["malformed", oddities.length, "neutral"],
    [
      "signals and answers not drawn",
      undrawn === undefined ? 0 : undrawn.signals + undrawn.answers,
      "missing",
    ],
  ];
  document.getElementById("when")!.textContent = `${formatClock(started)} · ${
    formatSpan(end)
  }`;
  for (const [name, count, className] of facts) {
    if (className !== "" && count === 0) continue;
    const searches = name === "failed" || name === "missing";
    const fact = document.createElement(searches ? "button" : "span");
    fact.className = `fact ${className}`;
    fact.textContent = `${count.toLocaleString("en")} ${
      count === 1 ? name.replace(/s$/, "") : name
    }`;
    if (searches) {
      fact.title = `Search for ${name}`;
      fact.addEventListener("click", () => search(name));
    }
    document.getElementById("facts")!.append(fact);
  }
}
