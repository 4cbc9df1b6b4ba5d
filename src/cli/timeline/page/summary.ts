/**
 * The figures above the chart.
 *
 * @module
 */
import type { Document } from "./view/dom.ts";
import type { Lane, Timeline } from "../model.ts";
import { formatClock, formatSpan } from "./view/format.ts";

/** Writes the figures. A figure of failures is a button that searches for them. */
export function writeSummary(
  document: Document,
  { lanes, started, end, gaps, oddities, undrawn }: Timeline,
  search: (query: string) => void,
): void {
  const sum = (count: (lane: Lane) => number) =>
    lanes.reduce((sum, lane) => sum + count(lane), 0);
  const facts: [name: string, count: number, className: string][] = [
    ["publishers", lanes.length, ""],
    ["signals", sum(({ signals }) => signals.length), ""],
    [
      "answers",
      sum(({ answers }) => answers.filter(({ reported }) => !reported).length),
      "",
    ],
    [
      "failed",
      sum(({ answers }) =>
        answers.filter(({ kind }) => kind === "failed").length
      ),
      "bad",
    ],
    [
      "missing",
      sum(({ missing, unanswered }) =>
        missing.filter(({ unheard }) => !unheard).length +
        unanswered.reduce(
          (sum, { count, unheard }) => sum + (unheard ? 0 : count),
          0,
        )
      ),
      "missing",
    ],
    ["gaps", gaps.length, "neutral"],
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
