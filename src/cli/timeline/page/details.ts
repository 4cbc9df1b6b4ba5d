/**
 * What there is to say of a thing on the page. All text of others is set as
 * text, never as HTML.
 *
 * @module
 */
import type { Document, HTMLElement } from "./dom.ts";
import type { Answer, Lane, SignalMark, Timeline } from "../model.ts";
import { formatClock, formatSpan } from "./format.ts";
import type { Item } from "./search.ts";

/** Builds descriptions of things. */
export class Details {
  readonly #document: Document;
  readonly #timeline: Timeline;

  constructor(document: Document, timeline: Timeline) {
    this.#document = document;
    this.#timeline = timeline;
  }

  /** One line that names it. */
  title({ kind, lane, index }: Item): string {
    const { gaps, lanes } = this.#timeline;
    const { signals, phases, answers, missing } = lanes[lane] ?? {
      ...{ signals: [], phases: [], answers: [], missing: [] },
    };
    switch (kind) {
      case "signal":
        return signals[index]!.event;
      case "phase":
        return phases[index]!.name;
      case "answer": {
        const { kind, signal } = answers[index]!;
        return `${signals[signal]?.event ?? "earlier signal"}: ${kind}`;
      }
      case "missing":
        return `${signals[missing[index]!.signal]!.event}: no answer`;
      case "gap":
        return `gap of ${formatSpan(gaps[index]!.to - gaps[index]!.from)}`;
      case "oddity":
        return "malformed message";
    }
  }

  /** Lines of what is most worth knowing. */
  summary(item: Item): string[] {
    const lane = this.#timeline.lanes[item.lane];
    switch (item.kind) {
      case "signal": {
        const { at } = lane!.signals[item.index]!;
        return [this.#moment(at), ...this.#tally(lane!, item.index)];
      }
      case "phase": {
        const { from, to, open, signal } = lane!.phases[item.index]!;
        const length = formatSpan(to - from);
        return [
          open ? `at least ${length}` : length,
          this.#moment(from),
          ...this.#tally(lane!, signal),
        ];
      }
      case "answer": {
        const answer = lane!.answers[item.index]!;
        return [
          lane!.responders[answer.responder]!.id,
          this.#latency(lane!, answer),
          ...(answer.message === undefined ? [] : [answer.message]),
        ];
      }
      case "missing": {
        const { responder, signal, until, unheard } = lane!
          .missing[item.index]!;
        const waited = until - lane!.signals[signal]!.at;
        return [
          lane!.responders[responder]!.id,
          unheard
            ? "may have answered while nothing was heard"
            : `none in ${formatSpan(waited)}`,
        ];
      }
      case "gap": {
        const { from, reason } = this.#timeline.gaps[item.index]!;
        return [reason, this.#moment(from)];
      }
      case "oddity": {
        const { reason, at } = this.#timeline.oddities[item.index]!;
        return [reason, this.#moment(at)];
      }
    }
  }

  /** All that is known of it. */
  panel(item: Item): HTMLElement {
    const panel = this.#element("div", "details");
    panel.append(this.#element("h2", "", this.title(item)));
    const facts = this.#element("dl");
    for (const [name, value] of this.#facts(item)) {
      facts.append(
        this.#element("dt", "", name),
        this.#element("dd", "", value),
      );
    }
    panel.append(facts);
    const lane = this.#timeline.lanes[item.lane];
    const signal = this.#signalOf(item);
    const mark = lane?.signals[signal];
    if (mark?.metadata !== undefined) {
      panel.append(
        this.#element("h3", "", "Metadata"),
        this.#element("pre", "", indented(mark.metadata)),
      );
    }
    if (lane !== undefined && mark !== undefined) {
      panel.append(...this.#answersOf(lane, signal));
    }
    return panel;
  }

  /** The signal that it is about; -1 if none. */
  #signalOf({ kind, lane: at, index }: Item): number {
    const lane = this.#timeline.lanes[at];
    if (kind === "signal") return index;
    if (kind === "phase") return lane!.phases[index]!.signal;
    if (kind === "answer") return lane!.answers[index]!.signal;
    return kind === "missing" ? lane!.missing[index]!.signal : -1;
  }

  #facts(item: Item): [name: string, value: string][] {
    const lane = this.#timeline.lanes[item.lane];
    const mark = lane?.signals[this.#signalOf(item)];
    const facts: [string, string][] = [];
    if (item.kind === "oddity") {
      const { channel, payload } = this.#timeline.oddities[item.index]!;
      facts.push(["Channel", channel]);
      if (payload !== undefined) facts.push(["Message", payload]);
    }
    if (item.kind === "phase") {
      const { from, to, open } = lane!.phases[item.index]!;
      const length = formatSpan(to - from);
      facts.push([
        "Length",
        open ? `at least ${length}; its end was not recorded` : length,
      ]);
    } else if (item.kind !== "signal") {
      for (const line of this.summary(item)) facts.push(["", line]);
    }
    if (mark !== undefined) facts.push(...this.#signalFacts(mark));
    if (lane !== undefined) {
      facts.push(["Process", lane.processName], ["Host", lane.runnerHost]);
      facts.push(["Publisher", lane.publisherId]);
    }
    return facts;
  }

  #signalFacts(
    { at, event, sample, tag }: SignalMark,
  ): [name: string, value: string][] {
    return [
      ["Event", event],
      ["At", this.#moment(at)],
      ["Clock", formatClock(this.#timeline.started + at)],
      ...(sample === undefined ? [] : [["Sample", sample] as [string, string]]),
      ...(tag === undefined ? [] : [["Tag", tag] as [string, string]]),
    ];
  }

  /** A table of who answered a signal, the failed and missing first. */
  #answersOf(lane: Lane, signal: number): HTMLElement[] {
    const rows: { rank: number; cells: string[]; kind: string }[] = [];
    for (const each of lane.missing) {
      if (each.signal !== signal) continue;
      const cells = [lane.responders[each.responder]!.id, "missing", ""];
      rows.push({ rank: 1, kind: each.unheard ? "unheard" : "missing", cells });
    }
    for (const answer of lane.answers) {
      if (answer.signal !== signal) continue;
      const { kind, message = "", ras } = answer;
      const said = kind === "failed" ? `failed (${ras ?? "no number"})` : kind;
      rows.push({
        rank: kind === "failed" ? 0 : 2,
        kind,
        cells: [
          lane.responders[answer.responder]!.id,
          `${said}, ${this.#latency(lane, answer)}`,
          message,
        ],
      });
    }
    if (rows.length === 0) return [];
    rows.sort((a, b) => a.rank - b.rank);
    const list = this.#element("ul", "answers");
    const most = 500;
    for (const { kind, cells: [who, what, message] } of rows.slice(0, most)) {
      const entry = this.#element("li", kind);
      entry.append(
        this.#element("strong", "", what),
        this.#element("span", "who", who),
      );
      if (message) entry.append(this.#element("q", "", message));
      list.append(entry);
    }
    const heading = rows.length > most
      ? `Answers (the first ${most} of ${rows.length})`
      : `Answers (${rows.length})`;
    return [this.#element("h3", "", heading), list];
  }

  #tally(lane: Lane, signal: number): string[] {
    const counts = new Map<string, number>();
    const count = (kind: string) =>
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const each of lane.answers) {
      if (each.signal === signal && each.kind !== "progress") count(each.kind);
    }
    for (const each of lane.missing) {
      if (each.signal === signal) count("missing");
    }
    const text = [...counts].map(([kind, n]) => `${n} ${kind}`).join(", ");
    return text === "" ? [] : [text];
  }

  #latency(lane: Lane, { signal, at }: Answer): string {
    const asked = lane.signals[signal]?.at;
    return asked === undefined
      ? `at ${this.#moment(at)}`
      : `after ${formatSpan(at - asked)}`;
  }

  #moment(at: number): string {
    return `${formatSpan(at)} after the beginning`;
  }

  #element(name: string, className = "", text = ""): HTMLElement {
    const element = this.#document.createElement(name);
    if (className !== "") element.className = className;
    element.textContent = text;
    return element;
  }
}

/** JSON on several lines; what JavaScript can't read as it is. */
export function indented(json: string): string {
  // Numbers that JavaScript would round stay as they are.
  if (/\d{16}/.test(json)) return json;
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}
